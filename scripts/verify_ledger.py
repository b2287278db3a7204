#!/usr/bin/env python3
"""Verifies a ledger of Taskledger from the bytes of its files, by nothing but docs/stored-form.md.

    python3 scripts/verify_ledger.py DATA_DIR/ledger …

Checks every checksum and chain value of the files, that positions and each stream's revisions have no gap, and the hash
and id of every event, into which the hash of the event before it and those of its sealed values go. Prints what it has
counted, and each fault in a line. Exit code 0: all is as it was written; 1: it is not; 2: there is nothing to verify.

Needs Python 3.9 or newer and nothing else. Keeps about 250 bytes for each stream in memory.
"""

import argparse
import base64
import hashlib
import json
import mmap
import re
import struct
import sys
import uuid
import zlib
from pathlib import Path

# ---------------------------------------------------------------------------------------------------------------------
# The bytes of the files. All numbers are little-endian; a checksum is CRC-32 as zlib has it.

SEGMENT_HEADER = struct.Struct("<8sHH4s16sQQI8sI")  # magic, form, size, zeros, ledger, position, base, chain, zeros, crc
COMMIT_HEADER = struct.Struct("<4sIIIQII")  # magic, body bytes, records, chain, position, body crc, crc
RECORD_HEADER = struct.Struct("<II")  # payload bytes, crc
RECORD_PLACE = struct.Struct("<IHIH")  # position (48 bits, low part first), revision, bytes of the stream's name
END_MARK = struct.Struct("<8s16sQQQIII")  # magic, ledger, inode, position, address, chain, zeros, crc
SEGMENT_MAGIC = b"TLEDGER\n"
COMMIT_MAGIC = b"TLCM"
END_MAGIC = b"TLEND\n\0\0"
FORM = 2
BODY_BYTES_MAX = 32 * 1024 * 1024
ROOM_PIECE_BYTES = 64 * 1024


class Ledger:
    """Walks through the segment files of a folder, and gives each record whose checksum is right."""

    def __init__(self, folder, faults):
        self.folder = folder
        self.faults = faults
        self.ledger_id = None
        self.segments = self.commits = self.bytes = 0
        self.torn_bytes = 0
        # What has to come next. After a fault the files say where it goes on.
        self.position = 1
        self.base = 0
        self.chain = 0

    def records(self):
        """Yields (where, position, revision, stream, json), the last two as bytes."""
        paths = sorted(path for path in self.folder.iterdir() if re.fullmatch(r"\d{16}\.log", path.name))
        durable_bytes = self.durable_address()
        for path in paths:
            self.segments += 1
            is_last = path is paths[-1]
            size = self.content_size(path, durable_bytes if is_last else 0)
            self.bytes += size
            if size < SEGMENT_HEADER.size:
                if is_last and self.base >= durable_bytes:
                    self.torn_bytes += size
                else:
                    self.faults.add(path.name, "is shorter than a segment's header")
                continue
            with path.open("rb") as file, mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as content:
                self.segment_header(path, content)
                yield from self.commits_of(path, content, is_last, durable_bytes)
            self.base += size
        if self.base < durable_bytes:
            self.faults.add("end", f"{durable_bytes} bytes were durable, and {self.base} are there")

    def content_size(self, path, durable_bytes):
        """The size of a segment without the room behind its last commit: zeros, which no commit ends with."""
        size = path.stat().st_size
        known = max(SEGMENT_HEADER.size, durable_bytes - self.base)
        with path.open("rb") as file:
            while size > known:
                start = max(known, size - ROOM_PIECE_BYTES)
                file.seek(start)
                content = file.read(size - start).rstrip(b"\0")
                if content:
                    return start + len(content)
                size = start
        return size

    def durable_address(self):
        """What is known to have been durable: a lower bound, in bytes over all segments."""
        try:
            mark = (self.folder / "end").read_bytes()
        except FileNotFoundError:
            return 0
        # It is never synced, so that it may be anything after a power cut.
        if len(mark) != END_MARK.size or zlib.crc32(mark[:-4]) != END_MARK.unpack(mark)[-1]:
            return 0
        magic, _, _, _, address, *_ = END_MARK.unpack(mark)
        return address if magic == END_MAGIC else 0

    def segment_header(self, path, content):
        where = path.name
        fields = SEGMENT_HEADER.unpack_from(content)
        magic, form, size, zeros, ledger_id, position, base, chain, more_zeros, checksum = fields
        if zlib.crc32(content[: SEGMENT_HEADER.size - 4]) != checksum:
            self.faults.add(where, "the checksum of the segment's header is wrong")
            return
        self.ledger_id = self.ledger_id or ledger_id
        for wrong, what in (
            (magic != SEGMENT_MAGIC, "is no segment of a ledger"),
            (form != FORM, f"has form {form}, not {FORM}"),
            (size != SEGMENT_HEADER.size or zeros.strip(b"\0") or more_zeros.strip(b"\0"), "has another header"),
            (ledger_id != self.ledger_id, "is of another ledger"),
            (path.name != f"{position:016}.log", f"says that it begins with position {position}"),
            (position != self.position, f"begins with position {position}, and {self.position} is to come"),
            (base != self.base, f"has the base address {base}, and {self.base} is to come"),
            (self.chain not in (None, chain), "does not follow the commit before it"),
        ):
            if wrong:
                self.faults.add(where, what)
        self.position, self.base, self.chain = position, base, chain

    def commits_of(self, path, content, is_last, durable_bytes):
        at = SEGMENT_HEADER.size
        while at < len(content):
            where = f"{path.name}+{at}"
            commit = commit_at(content, at)
            if commit is None or at + COMMIT_HEADER.size + commit[0] > len(content):
                later = next_commit(content, at + 1)
                if later is None and is_last and self.base + at >= durable_bytes:
                    self.torn_bytes += len(content) - at  # Nobody was told of it.
                    return
                self.faults.add(where, "there is no whole commit")
                if later is None:
                    return
                at = later
                self.chain = None
                continue
            body_bytes, count, chain, position, body_checksum, checksum = commit
            begin = at + COMMIT_HEADER.size
            body = content[begin : begin + body_bytes]
            at = begin + body_bytes
            body_right = zlib.crc32(body) == body_checksum
            if not body_right and is_last and at == len(content) and self.base + at > durable_bytes:
                self.torn_bytes += COMMIT_HEADER.size + body_bytes
                return
            self.commits += 1
            if not body_right:
                self.faults.add(where, "the checksum of the commit is wrong")
            if self.chain is not None and chain != self.chain:
                self.faults.add(where, "the commit does not follow the one before it")
            if position != self.position:
                self.faults.add(where, f"the commit begins with position {position}, and {self.position} is to come")
            self.position, self.chain = position, checksum
            yield from self.records_of(f"{path.name}+{begin}", body, count)
            self.position = position + count

    def records_of(self, where, body, count):
        at = seen = 0
        while at + RECORD_HEADER.size <= len(body):
            size, checksum = RECORD_HEADER.unpack_from(body, at)
            begin = at + RECORD_HEADER.size
            payload = body[begin : begin + size]
            if size < RECORD_PLACE.size or len(payload) < size:
                self.faults.add(where, f"the record at byte {at} of the commit is not whole")
                break
            at = begin + size
            seen += 1
            if zlib.crc32(payload) != checksum:
                self.faults.add(where, f"the checksum of the event at position {self.position} is wrong")
                self.position += 1
                continue
            low, high, revision, name_bytes = RECORD_PLACE.unpack_from(payload)
            position = high << 32 | low
            if position != self.position:
                self.faults.add(where, f"there is position {position}, and {self.position} is to come")
            text = RECORD_PLACE.size + name_bytes
            yield where, position, revision, payload[RECORD_PLACE.size : text], payload[text:]
            self.position += 1
        if at != len(body) or seen != count:
            self.faults.add(where, f"the commit is said to have {count} records, and {seen} are there")


def commit_at(content, at):
    """The fields of a commit's header, without its magic; None when there is none whose checksum is right."""
    header = content[at : at + COMMIT_HEADER.size]
    if len(header) < COMMIT_HEADER.size or not header.startswith(COMMIT_MAGIC):
        return None
    _, body_bytes, *others, checksum = COMMIT_HEADER.unpack(header)
    if zlib.crc32(header[:-4]) != checksum or body_bytes > BODY_BYTES_MAX:
        return None
    return (body_bytes, *others, checksum)


def next_commit(content, at):
    while (at := content.find(COMMIT_MAGIC, at)) != -1:
        if commit_at(content, at) is not None:
            return at
        at += 1
    return None


# ---------------------------------------------------------------------------------------------------------------------
# RFC 8785.

# Numbers that are no small ints, which Python writes otherwise than ECMAScript does: as a member's value, in a list.
SPECIAL_MEMBER = re.compile(r'":-?(?:\d+[.eE]|\d{16})')
SPECIAL_ITEM = re.compile(r"[\[,]-?(?:\d+[.eE]|\d{16})")
ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def is_plain_json(text):
    """Whether Python's own encoder, which is fast, makes the canonical text of what is in a JSON text."""
    # Names outside the first plane of Unicode have another order in UTF-16.
    if "\\u" in text or not (text.isascii() or max(text) <= "\uffff"):
        return False
    return SPECIAL_MEMBER.search(text) is None and SPECIAL_ITEM.search(text) is None


def jcs(value, is_plain):
    """The canonical JSON text of a value.

    is_plain: what is_plain_json says of the text that it came from.
    """
    if is_plain:
        return ENCODE(value)
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{jcs(name, True)}:{jcs(value[name], False)}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(jcs(item, False) for item in value) + "]"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return ecmascript_number(float(value))
    return json.dumps(value, ensure_ascii=False)


def ecmascript_number(number):
    """Number::toString of ECMAScript: the shortest digits that read back as the same double."""
    if number == 0:
        return "0"
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError("JSON has no such number")
    sign = "-" if number < 0 else ""
    digits, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = digits.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    point -= len(digits) - len(digits.lstrip("0"))
    digits = digits.strip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    mantissa = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{sign}{mantissa}e{point - 1:+d}"


# ---------------------------------------------------------------------------------------------------------------------
# Events: hashes, sealed values and ids.

SEALED_MEMBERS = ("params", "result", "error_message", "error_stack", "message", "reason")
SCHEMA_VERSION = 2


def sha256(text):
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def sealed_hash(member, sealed, is_plain):
    names = set(sealed) if isinstance(sealed, dict) else set()
    if names == {"salt", "value"}:
        return sha256(sealed["salt"] + jcs(sealed["value"], is_plain))
    if names == {"hash"}:
        return sealed["hash"]
    raise ValueError(f"{member} is neither sealed nor erased")


def event_id(event_hash):
    bits = bytearray(base64.urlsafe_b64decode(event_hash + "=")[:16])
    bits[6] = bits[6] & 0x0F | 0x80
    bits[8] = bits[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(bits)))


class Events:
    """Verifies events one after the other, each with the one before it in its stream."""

    def __init__(self, faults):
        self.faults = faults
        self.last = {}  # stream → revision and hash of its last event
        self.types = {}
        self.count = self.values = self.erased = 0

    def check(self, where, position, revision, stream, text):
        self.count += 1
        name = stream.decode("utf-8", "replace")
        place = f"position {position}, {name}@{revision}"
        last_revision, prev = self.last.get(stream, (-1, ""))
        event_hash = ""
        try:
            if revision != last_revision + 1:
                self.faults.add(place, f"revision {last_revision + 1} is to come")
            text = text.decode("utf-8")
            is_plain = is_plain_json(text)
            kind, data, metadata, *ids = json.loads(text)
            event_hash = metadata.pop("hash", "")
            self.types[kind] = self.types.get(kind, 0) + 1
            self.check_hash(place, event_hash, ids, is_plain, {
                "data": data,
                "metadata": metadata,
                "prev": prev,
                "revision": revision,
                "stream": name,
                "type": kind,
                "v": SCHEMA_VERSION,
            })
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError, RecursionError) as error:
            self.faults.add(place, f"is not what was written: {error}")
        self.last[stream] = (revision, event_hash)

    def check_hash(self, place, event_hash, ids, is_plain, event):
        metadata = event["metadata"]
        version = metadata.get("schema_version", str(SCHEMA_VERSION))
        if version != str(SCHEMA_VERSION):
            raise ValueError(f"this program does not know schema version {version}")
        if not all(isinstance(value, str) for value in metadata.values()):
            raise ValueError("its metadata is no map of strings")
        data = event["data"]
        for member in SEALED_MEMBERS:
            if member in data:
                self.values += 1
                self.erased += "value" not in data[member]
                data[member] = sealed_hash(member, data[member], is_plain)
        if sha256(jcs(event, is_plain)) != event_hash:
            self.faults.add(place, "the hash is not that of the event after the one before it")
        elif ids and ids != [event_id(event_hash)]:
            self.faults.add(place, "the id is not that of the hash")


class Faults:
    """What is wrong, the first of it in words."""

    SHOWN_MAX = 100

    def __init__(self):
        self.count = 0

    def add(self, where, what):
        self.count += 1
        if self.count <= self.SHOWN_MAX:
            print(f"FAULT {where}: {what}", flush=True)
        elif self.count == self.SHOWN_MAX + 1:
            print("FAULT … and more, which are counted only", flush=True)


def verify(folder):
    """Verifies one ledger, prints what it has found, and gives the exit code."""
    if not folder.is_dir():
        print(f"{folder} is no folder", file=sys.stderr)
        return 2
    faults = Faults()
    ledger = Ledger(folder, faults)
    events = Events(faults)
    for record in ledger.records():
        events.check(*record)
    if ledger.segments == 0:
        print(f"{folder} holds no segment of a ledger", file=sys.stderr)
        return 2
    print(f"ledger   {uuid.UUID(bytes=ledger.ledger_id) if ledger.ledger_id else 'unknown'}")
    print(f"files    {ledger.segments} segments, {ledger.commits} commits, {ledger.bytes} bytes")
    if ledger.torn_bytes:
        print(f"         the last {ledger.torn_bytes} bytes are no whole commit; that they ever were is not on record")
    print(f"events   {events.count} in {len(events.last)} streams")
    for kind in sorted(events.types):
        print(f"         {events.types[kind]:>10} {kind}")
    print(f"sealed   {events.values} values, {events.erased} of them erased")
    print(f"faults   {faults.count}")
    return 1 if faults.count else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path, nargs="+", help="a ledger's folder, DATA_DIR/ledger")
    return max([verify(folder) for folder in parser.parse_args().folder])


if __name__ == "__main__":
    sys.exit(main())

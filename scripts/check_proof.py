#!/usr/bin/env python3
"""Checks seals of Taskledger and what they prove, by nothing but docs/stored-form.md and docs/proof.md.

    python3 scripts/check_proof.py --key KEY BUNDLE …             # what `taskledger prove` wrote
    python3 scripts/check_proof.py --key KEY DATA_DIR/ledger …    # the seals of a whole embedded ledger

KEY is the ledger's first public key. Of a bundle: the signature of the seal, each event's hash and chain, its inclusion under
the seal, and that the seal continues the older one, if there is one. Of a ledger: each seal's signature, and its root over
all events before it. Exit code 0: all is right; 1: something is not, each in a line.

Needs Python 3.9 or newer and the package `cryptography`.
"""

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from verify_ledger import SEALED_MEMBERS, Faults, Ledger, is_plain_json, jcs, sealed_hash, sha256


class Wrong(Exception):
    """Something does not verify."""


# ---------------------------------------------------------------------------------------------------------------------
# Notes: https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint.


def key_of(text):
    name, key_id, encoded = text.strip().split("+", 2)
    kind_and_key = base64.b64decode(encoded, validate=True)
    if kind_and_key[:1] != b"\x01" or len(kind_and_key) != 33:
        raise Wrong(f"{text} is no Ed25519 key")
    if hashlib.sha256(name.encode() + b"\n" + kind_and_key).digest()[:4].hex() != key_id:
        raise Wrong(f"{text} has another id than follows from it")
    return name, key_id, Ed25519PublicKey.from_public_bytes(kind_and_key[1:])


def open_note(note, keys):
    """The text of a note that one of the keys has signed."""
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    signed = False
    for line in signatures.removesuffix("\n").split("\n"):
        dash, name, encoded = line.split(" ")
        signature = base64.b64decode(encoded, validate=True)
        for key_name, key_id, key in keys:
            if (dash, name, signature[:4].hex()) == ("—", key_name, key_id):
                try:
                    key.verify(signature[4:], text.encode())
                except InvalidSignature:
                    raise Wrong("a signature is not of its note") from None
                signed = True
    if not signed:
        raise Wrong("a note is signed by no key that is trusted")
    return text


def open_seal(note, keys):
    """(origin, size, root) of a seal."""
    origin, size, root, *_ = open_note(note, keys).split("\n")
    return origin, int(size), base64.b64decode(root, validate=True)


def succeed(keys, note):
    """The keys with the one that takes the place of another by a note."""
    head, _, new, end = open_note(note, keys).split("\n")
    if head != "taskledger/key-succession" or end:
        raise Wrong("a change of keys is none")
    return [*keys, key_of(new)]


# ---------------------------------------------------------------------------------------------------------------------
# The tree of RFC 6962, and proofs of RFC 9162, sections 2.1.3.2 and 2.1.4.2.


def leaf_hash(stream, revision, event_hash):
    leaf = json.dumps([stream, revision, event_hash], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(b"\0" + leaf.encode()).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """A tree that leaves are added to."""

    def __init__(self):
        self.size = 0
        self.subtrees = []

    def add(self, leaf):
        self.subtrees.append(leaf)
        self.size += 1
        rest = self.size
        while rest % 2 == 0:
            right = self.subtrees.pop()
            self.subtrees.append(node_hash(self.subtrees.pop(), right))
            rest //= 2

    def root(self):
        if not self.subtrees:
            return hashlib.sha256(b"").digest()
        *others, root = self.subtrees
        for left in reversed(others):
            root = node_hash(left, root)
        return root


def check_inclusion(index, size, leaf, proof, root):
    if index >= size:
        raise Wrong("it is not among the events of the seal")
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            raise Wrong("the proof is too long")
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or r != root:
        raise Wrong("it is not under the seal")


def check_consistency(first, first_root, second, second_root, proof):
    if first == second:
        if proof or first_root != second_root:
            raise Wrong("two seals over as many events differ")
        return
    if not 0 < first < second or not proof:
        raise Wrong("the seals are in no order")
    path = ([first_root] if first & (first - 1) == 0 else []) + proof
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            raise Wrong("the proof is too long")
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or fr != first_root or sr != second_root:
        raise Wrong("the seal does not continue the older one")


# ---------------------------------------------------------------------------------------------------------------------


def check_bundle(path, keys):
    text = path.read_text("utf-8")
    bundle = json.loads(text)
    for note in bundle["successions"]:
        keys = succeed(keys, note)
    origin, size, root = open_seal(bundle["seal"], keys)
    is_plain = is_plain_json(text)
    last = {f"{name}-{bundle['task_id']}": (-1, "", -1) for name in ("task", "taskEvidence")}
    for event in bundle["events"]:
        check_event(event, last, is_plain, size, root)
    if "older" in bundle:
        older_origin, older_size, older_root = open_seal(bundle["older"]["seal"], keys)
        if older_origin != origin:
            raise Wrong("the older seal is of another ledger")
        proof = [base64.b64decode(node) for node in bundle["older"]["proof"]]
        check_consistency(older_size, older_root, size, root, proof)
    print(f"{path}: {len(bundle['events'])} events are under the seal of {origin} over {size} events")


def check_event(event, last, is_plain, size, root):
    stream, revision, data = event["stream"], event["revision"], dict(event["data"])
    place = f"{stream}@{revision}"
    before, prev, index = last.get(stream, (None, "", 0))
    if before is None or revision != before + 1 or event["index"] <= index:
        raise Wrong(f"{place} is not the event that comes next")
    metadata = dict(event["metadata"])
    event_hash = metadata.pop("hash")
    for member in SEALED_MEMBERS:
        if member in data:
            data[member] = sealed_hash(member, data[member], is_plain)
    hashed = {
        "data": data,
        "metadata": metadata,
        "prev": prev,
        "revision": revision,
        "stream": stream,
        "type": event["type"],
        "v": 2,
    }
    if sha256(jcs(hashed, is_plain)) != event_hash:
        raise Wrong(f"{place}: the hash is not that of the event")
    proof = [base64.b64decode(node) for node in event["proof"]]
    try:
        check_inclusion(event["index"], size, leaf_hash(stream, revision, event_hash), proof, root)
    except Wrong as wrong:
        raise Wrong(f"{place}: {wrong}") from None
    last[stream] = (revision, event_hash, event["index"])


def check_ledger(folder, keys):
    faults = Faults()
    tree = Tree()
    # A seal comes behind what it covers: the roots are kept until it comes, those of the last events.
    roots = {}
    seals = 0
    for _, _, revision, stream, text in Ledger(folder, faults).records():
        kind, data, metadata, *_ = json.loads(text)
        name = stream.decode()
        if name == "ledgerSeals" and kind == "SealKeySucceeded":
            keys = succeed(keys, data["note"])
        if name == "ledgerSeals" and kind == "LedgerSealed":
            _, size, root = open_seal(data["note"], keys)
            seals += 1
            if roots.get(size) != root:
                raise Wrong(f"ledgerSeals@{revision}: the root is not that of the first {size} events")
            roots = {at: kept for at, kept in roots.items() if at > size}
        tree.add(leaf_hash(name, revision, metadata["hash"]))
        roots[tree.size] = tree.root()
    if faults.count:
        raise Wrong("the files are damaged")
    print(f"{folder}: {seals} seals fit {tree.size} events")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--key", action="append", required=True, help="a public key that is trusted")
    parser.add_argument("path", type=Path, nargs="+", help="a bundle, or a ledger's folder")
    asked = parser.parse_args()
    code = 0
    for path in asked.path:
        try:
            keys = [key_of(key) for key in asked.key]
            (check_ledger if path.is_dir() else check_bundle)(path, keys)
        except (Wrong, ValueError, KeyError, TypeError) as wrong:
            print(f"{path}: {wrong or type(wrong).__name__}")
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())

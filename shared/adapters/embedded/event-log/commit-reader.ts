import {
  COMMIT_HEADER_BYTES,
  findCommitHeader,
  readCommitHeader,
  type CommitHeader,
} from './commit-frame.js';
import { crc32 } from 'node:zlib';
import {
  readRecord,
  RECORD_BYTES_MAX,
  RECORD_HEADER_BYTES,
  recordBytes,
  type EventRecord,
} from './event-record.js';
import type { LogEnd } from './end-mark-file.js';
import { salvage, type LostRecord } from './salvage.js';
import { SEGMENT_HEADER_BYTES } from './segment-header.js';
import type { Segment, Segments } from './segments.js';

/** So much is read at once where commits are small. */
const CHUNK_BYTES = 256 * 1024;

/** So much of a damaged stretch is looked through at once: more than the longest record has. */
const SALVAGED_BYTES_MAX = 4 * 1024 * 1024;

/** Where a commit begins, and the position of the first event in it. */
export interface CommitPlace {
  position: number;
  address: number;
}

/** What one commit, or a damaged stretch of the log, holds. */
export interface ReadCommit {
  /** In the order of their positions. */
  records: EventRecord[];
  /** Events that belong here and can't be read. */
  lost: LostRecord[];
  /** Where the next commit begins. */
  next: CommitPlace;
  /** Whether anything but records is damaged or missing here. */
  damaged: boolean;
}

/** Reads a log commit by commit, each checked; what is damaged is passed by and accounted for. */
export class CommitReader {
  readonly #segments: Segments;
  #chunk: { address: number; bytes: Buffer } = { address: 0, bytes: Buffer.alloc(0) };

  constructor(segments: Segments) {
    this.#segments = segments;
  }

  /** Where the first commit begins. */
  first(): CommitPlace {
    return { position: 1, address: SEGMENT_HEADER_BYTES };
  }

  /** Where the first commit begins of the segment that a position lies in. */
  firstOfSegment(position: number): CommitPlace {
    const { firstPosition, baseAddress } = this.#segments.holding(position);
    return { position: firstPosition, address: baseAddress + SEGMENT_HEADER_BYTES };
  }

  /** The position that the commit at an address says it begins with; `undefined` when none can be read there. */
  positionAt(address: number): number | undefined {
    return readCommitHeader(this.#segments.read(address, COMMIT_HEADER_BYTES), 0)?.firstPosition;
  }

  /** Reads what begins at a place before the end. */
  read(place: CommitPlace, end: LogEnd): ReadCommit {
    const from = this.#begin(place);
    const found = this.#commit(from, end);
    if (found === undefined) return this.#salvage(from, end);
    const { header, body, address } = found;
    const next = { position: header.firstPosition + header.events, address: address + header.bodyBytes };
    if (crc32(body) !== header.bodyCrc) {
      return { ...salvage(body, address, header.firstPosition, next.position - 1), next, damaged: true };
    }
    const records: EventRecord[] = [];
    for (let at = 0; at < body.length;) {
      const bytes = recordBytes(body, at) as number;
      records.push(readRecord(body, at, bytes, address + at));
      at += bytes;
    }
    return { records, lost: [], next, damaged: false };
  }

  /** Where the commit after this one begins, without looking at what this one holds; as `read` for a damaged one. */
  skip(place: CommitPlace, end: LogEnd): CommitPlace {
    const { position, address } = this.#begin(place);
    const header = readCommitHeader(this.#bytes(address, COMMIT_HEADER_BYTES, end), 0);
    if (header === undefined || !fits(header, position, address, end)) return this.read(place, end).next;
    return { position: position + header.events, address: address + COMMIT_HEADER_BYTES + header.bodyBytes };
  }

  /** Past the header of a segment, where a place is a segment's beginning. */
  #begin({ position, address }: CommitPlace): CommitPlace {
    const { baseAddress } = this.#segments.at(address);
    return { position, address: Math.max(address, baseAddress + SEGMENT_HEADER_BYTES) };
  }

  #commit(
    { position, address }: CommitPlace,
    end: LogEnd,
  ): { header: CommitHeader; body: Buffer; address: number } | undefined {
    const header = readCommitHeader(this.#bytes(address, COMMIT_HEADER_BYTES, end), 0);
    if (header === undefined || !fits(header, position, address, end)) return undefined;
    const bytes = this.#bytes(address, COMMIT_HEADER_BYTES + header.bodyBytes, end);
    if (bytes.length < COMMIT_HEADER_BYTES + header.bodyBytes) return undefined;
    return { header, body: bytes.subarray(COMMIT_HEADER_BYTES), address: address + COMMIT_HEADER_BYTES };
  }

  /** What is left of a stretch that begins with a damaged header, up to the next one that is not, or of the first part of it. */
  #salvage({ position, address }: CommitPlace, end: LogEnd): ReadCommit {
    const following = this.#nextSegment(address);
    const stretchEnd = following?.baseAddress ?? end.address;
    const last = (following?.firstPosition ?? end.position + 1) - 1;
    const bytes = this.#segments.read(address, Math.min(stretchEnd - address, SALVAGED_BYTES_MAX));
    for (let at = findCommitHeader(bytes, 1); at !== -1; at = findCommitHeader(bytes, at + 1)) {
      const header = readCommitHeader(bytes, at) as CommitHeader;
      if (header.firstPosition < position || header.firstPosition > end.position) continue;
      const next = { position: header.firstPosition, address: address + at };
      return { ...salvage(bytes.subarray(0, at), address, position, next.position - 1), next, damaged: true };
    }
    if (bytes.length === SALVAGED_BYTES_MAX) return salvagePart(bytes, address, position, last);
    const next = { position: last + 1, address: stretchEnd };
    return { ...salvage(bytes, address, position, last), next, damaged: true };
  }

  /** Bytes from an address on, from what was read last where they are in it. */
  #bytes(address: number, length: number, end: LogEnd): Buffer {
    const { address: start, bytes } = this.#chunk;
    if (address < start || address + length > start + bytes.length) {
      const limit = (this.#nextSegment(address)?.baseAddress ?? end.address) - address;
      const wanted = Math.min(Math.max(length, CHUNK_BYTES), limit);
      this.#chunk = { address, bytes: this.#segments.read(address, Math.max(0, wanted)) };
    }
    const at = address - this.#chunk.address;
    return this.#chunk.bytes.subarray(at, at + length);
  }

  #nextSegment(address: number): Segment | undefined {
    return this.#segments.after(this.#segments.at(address));
  }
}

/** What is left of a part of a damaged stretch: what comes behind its last record that is whole belongs to the next part. */
function salvagePart(bytes: Buffer, address: number, first: number, last: number): ReadCommit {
  const { records, lost } = salvage(bytes, address, first, last, false);
  const found = records.at(-1);
  const foundEnd = found && found.address + RECORD_HEADER_BYTES + (found.payload as Buffer).length;
  // A record that begins in here may reach beyond.
  const looked = address + bytes.length - RECORD_BYTES_MAX;
  const next = {
    position: found === undefined ? first : found.position + 1,
    address: Math.max(foundEnd ?? 0, looked),
  };
  return { records, lost, next, damaged: true };
}

function fits(header: CommitHeader, position: number, address: number, end: LogEnd): boolean {
  const { firstPosition, events, bodyBytes } = header;
  return (
    firstPosition === position &&
    position + events - 1 <= end.position &&
    address + COMMIT_HEADER_BYTES + bodyBytes <= end.address
  );
}

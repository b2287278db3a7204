import {
  COMMIT_BODY_BYTES_MAX,
  COMMIT_HEADER_BYTES,
  findCommitHeader,
  readCommitHeader,
  type CommitHeader,
} from './commit-frame.js';
import { crc32 } from 'node:zlib';
import { readRecord, recordBytes, type EventRecord } from './event-record.js';
import type { LogEnd } from './end-mark.js';
import { salvage, type LostRecord } from './salvage.js';
import { SEGMENT_HEADER_BYTES } from './segment-header.js';
import type { Segment, Segments } from './segments.js';

/** So much is read at once where commits are small. */
const CHUNK_BYTES = 256 * 1024;

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

  /** The stretch from a header that is damaged up to the next one that is not. */
  #salvage({ position, address }: CommitPlace, end: LogEnd): ReadCommit {
    const segment = this.#segments.at(address);
    const following = this.#segments.after(segment);
    const stretchEnd = following?.baseAddress ?? end.address;
    let next = { position: following?.firstPosition ?? end.position + 1, address: stretchEnd };
    const bytesMax = Math.min(stretchEnd - address, COMMIT_BODY_BYTES_MAX + 2 * COMMIT_HEADER_BYTES);
    const bytes = this.#segments.read(address, bytesMax);
    for (let at = findCommitHeader(bytes, 1); at !== -1; at = findCommitHeader(bytes, at + 1)) {
      const header = readCommitHeader(bytes, at) as CommitHeader;
      if (header.firstPosition < position || header.firstPosition > end.position) continue;
      next = { position: header.firstPosition, address: address + at };
      break;
    }
    const stretch = bytes.subarray(0, next.address - address);
    return { ...salvage(stretch, address, position, next.position - 1), next, damaged: true };
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

function fits(header: CommitHeader, position: number, address: number, end: LogEnd): boolean {
  const { firstPosition, events, bodyBytes } = header;
  return (
    firstPosition === position &&
    position + events - 1 <= end.position &&
    address + COMMIT_HEADER_BYTES + bodyBytes <= end.address
  );
}

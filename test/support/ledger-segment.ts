import { crc32 } from 'node:zlib';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';

/** The id of the ledgers that are written here. */
export const LEDGER_ID = Buffer.from('0123456789abcdef0123456789abcdef', 'hex');

/** Where a segment begins, and what it follows. */
export interface SegmentStart {
  position: number;
  base: number;
  chain: number;
}

/** A ledger's first. */
export const FIRST_SEGMENT: SegmentStart = { position: 1, base: 0, chain: 0 };

/**
 * The bytes of a segment as `docs/stored-form.md` describes them, made from that page alone, so that what reads them is held
 * against the page and not against what writes them.
 *
 * @param commits The events of each commit.
 * @returns The bytes, and where the next segment begins.
 */
export function segmentBytes(
  commits: readonly (readonly RecordedEvent[])[],
  start = FIRST_SEGMENT,
): { bytes: Buffer; next: SegmentStart } {
  const header = Buffer.alloc(64);
  header.write('TLEDGER\n', 0, 'latin1');
  header.writeUInt16LE(2, 8);
  header.writeUInt16LE(64, 10);
  LEDGER_ID.copy(header, 16);
  header.writeBigUInt64LE(BigInt(start.position), 32);
  header.writeBigUInt64LE(BigInt(start.base), 40);
  header.writeUInt32LE(start.chain, 48);
  header.writeUInt32LE(crc32(header.subarray(0, 60)), 60);
  const parts: Buffer[] = [header];
  let { position, chain } = start;
  for (const events of commits) {
    const body = Buffer.concat(events.map((event, at) => recordBytes(event, position + at)));
    const commit = commitHeader(body, events.length, chain, position);
    chain = commit.readUInt32LE(28);
    position += events.length;
    parts.push(commit, body);
  }
  const bytes = Buffer.concat(parts);
  return { bytes, next: { position, base: start.base + bytes.length, chain } };
}

/** The bytes of the file `end`: everything up to an address was durable. */
export function endMark(address: number): Buffer {
  const mark = Buffer.alloc(60);
  mark.write('TLEND\n', 0, 'latin1');
  LEDGER_ID.copy(mark, 8);
  mark.writeBigUInt64LE(BigInt(address), 40);
  mark.writeUInt32LE(crc32(mark.subarray(0, 56)), 56);
  return mark;
}

function commitHeader(body: Buffer, count: number, chain: number, position: number): Buffer {
  const header = Buffer.alloc(32);
  header.write('TLCM', 0, 'latin1');
  header.writeUInt32LE(body.length, 4);
  header.writeUInt32LE(count, 8);
  header.writeUInt32LE(chain, 12);
  header.writeBigUInt64LE(BigInt(position), 16);
  header.writeUInt32LE(crc32(body), 24);
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
  return header;
}

function recordBytes({ stream, revision, type, data, metadata }: RecordedEvent, position: number): Buffer {
  const name = Buffer.from(stream);
  const place = Buffer.alloc(12);
  place.writeUIntLE(position, 0, 6);
  place.writeUInt32LE(revision, 6);
  place.writeUInt16LE(name.length, 10);
  const payload = Buffer.concat([place, name, Buffer.from(JSON.stringify([type, data, metadata]))]);
  const header = Buffer.alloc(8);
  header.writeUInt32LE(payload.length, 0);
  header.writeUInt32LE(crc32(payload), 4);
  return Buffer.concat([header, payload]);
}

import { crc32 } from 'node:zlib';

/** How many bytes stand before the records of a commit. */
export const COMMIT_HEADER_BYTES = 32;

/** The largest body that a commit may have: what a reader has to take into memory at once. */
export const COMMIT_BODY_BYTES_MAX = 32 * 1024 * 1024;

/** `TLCM`, as bytes. */
const MAGIC = 0x4d_43_4c_54;
const CRC_AT = COMMIT_HEADER_BYTES - 4;

/** What stands before the records that were written together. */
export interface CommitHeader {
  bodyBytes: number;
  /** How many records the body has. */
  events: number;
  /** The position of the first one. */
  firstPosition: number;
  /** The chain value of the commit before. */
  previous: number;
  /** CRC-32 of the body. */
  bodyCrc: number;
  /**
   * Its own chain value: CRC-32 of the rest of the header, in which the value before it and the body's CRC stand. So two
   * ledgers that have gone different ways differ in it from then on.
   */
  chain: number;
}

/** Writes a header before a body that stands behind it already; answers the commit's chain value. */
export function writeCommitHeader(
  target: Buffer,
  { events, firstPosition, previous }: Pick<CommitHeader, 'events' | 'firstPosition' | 'previous'>,
): number {
  const body = target.subarray(COMMIT_HEADER_BYTES);
  target.writeUInt32LE(MAGIC, 0);
  target.writeUInt32LE(body.length, 4);
  target.writeUInt32LE(events, 8);
  target.writeUInt32LE(previous, 12);
  target.writeBigUInt64LE(BigInt(firstPosition), 16);
  target.writeUInt32LE(crc32(body), 24);
  const chain = crc32(target.subarray(0, CRC_AT));
  target.writeUInt32LE(chain, CRC_AT);
  return chain;
}

/** Reads a header; `undefined` when there is none, or not as it was written. */
export function readCommitHeader(source: Buffer, at: number): CommitHeader | undefined {
  if (at + COMMIT_HEADER_BYTES > source.length || source.readUInt32LE(at) !== MAGIC) return undefined;
  const chain = source.readUInt32LE(at + CRC_AT);
  if (crc32(source.subarray(at, at + CRC_AT)) !== chain) return undefined;
  const header: CommitHeader = {
    bodyBytes: source.readUInt32LE(at + 4),
    events: source.readUInt32LE(at + 8),
    previous: source.readUInt32LE(at + 12),
    firstPosition: Number(source.readBigUInt64LE(at + 16)),
    bodyCrc: source.readUInt32LE(at + 24),
    chain,
  };
  return header.bodyBytes > COMMIT_BODY_BYTES_MAX ? undefined : header;
}

/** Where the next thing that looks like a whole header stands, from a place on; -1 for nowhere. */
export function findCommitHeader(source: Buffer, from: number): number {
  for (
    let at = source.indexOf('TLCM', from, 'latin1');
    at !== -1;
    at = source.indexOf('TLCM', at + 1, 'latin1')
  ) {
    if (readCommitHeader(source, at) !== undefined) return at;
  }
  return -1;
}

import { crc32 } from 'node:zlib';
import { CorruptStoreError } from '../../../core/contracts/errors.js';

/** How many bytes stand before the first commit of a segment. */
export const SEGMENT_HEADER_BYTES = 64;

/** The form of the files, raised when an older program could not read them. `docs/stored-form.md` describes this one. */
export const FILE_FORM = 2;

const MAGIC = Buffer.from('TLEDGER\n', 'latin1');
const CRC_AT = SEGMENT_HEADER_BYTES - 4;

/** What a segment says of itself: where it stands in which ledger. */
export interface SegmentHeader {
  /** The ledger's id, a UUID. */
  ledgerId: string;
  /** The position of its first event. */
  firstPosition: number;
  /** The address of its first byte: its bytes are `baseAddress` to `baseAddress` + its size. */
  baseAddress: number;
  /** The chain value of the last commit before it; 0 in the first segment. */
  chain: number;
}

/** The header's bytes. */
export function encodeSegmentHeader({ ledgerId, firstPosition, baseAddress, chain }: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt16LE(FILE_FORM, 8);
  bytes.writeUInt16LE(SEGMENT_HEADER_BYTES, 10);
  writeUuid(bytes, 16, ledgerId);
  bytes.writeBigUInt64LE(BigInt(firstPosition), 32);
  bytes.writeBigUInt64LE(BigInt(baseAddress), 40);
  bytes.writeUInt32LE(chain, 48);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_AT)), CRC_AT);
  return bytes;
}

/**
 * Reads a header.
 *
 * @returns `undefined` when its bytes are not what was written.
 * @throws CorruptStoreError when it is whole and of another form.
 */
export function decodeSegmentHeader(bytes: Buffer, file: string): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  if (crc32(bytes.subarray(0, CRC_AT)) !== bytes.readUInt32LE(CRC_AT)) return undefined;
  const form = bytes.readUInt16LE(8);
  if (form !== FILE_FORM) {
    throw new CorruptStoreError(`${file} is of form ${form}; this program reads form ${FILE_FORM}`);
  }
  return {
    ledgerId: readUuid(bytes, 16),
    firstPosition: Number(bytes.readBigUInt64LE(32)),
    baseAddress: Number(bytes.readBigUInt64LE(40)),
    chain: bytes.readUInt32LE(48),
  };
}

/** Writes a UUID as its 16 bytes. */
export function writeUuid(target: Buffer, at: number, uuid: string): void {
  target.write(uuid.replaceAll('-', ''), at, 16, 'hex');
}

/** Reads what `writeUuid` wrote. */
export function readUuid(source: Buffer, at: number): string {
  const hex = source.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

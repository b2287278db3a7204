import { InvalidRequestError } from '../../../contracts/errors.js';

/** A task's place in every list that shows it. Lists go from the greatest place to the smallest. */
export interface Place {
  /** The second of its creation as a number to be read in digits: `20250312100000`. */
  second: number;
  taskId: number;
}

/** How many bytes a place takes in a key: 6 for the second, 7 for the id. */
export const PLACE_BYTES = 13;

const SECOND = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/;
const SECOND_END = 2 ** 48 - 1;
const WORD = 2 ** 32;

/**
 * The number for a second as it is shown, `2025-03-12T10:00:00`; greater means later.
 *
 * @throws InvalidRequestError when the text has another form.
 */
export function secondNumber(text: string): number {
  const parts = SECOND.exec(text);
  if (parts === null) {
    throw new InvalidRequestError(
      `${JSON.stringify(text)} is no time in whole seconds, such as 2025-03-12T10:00:00`,
    );
  }
  return Number(parts.slice(1).join(''));
}

/** The text that `secondNumber` was given. */
export function secondText(second: number): string {
  const digits = String(second).padStart(14, '0');
  return (
    `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6, 8)}` +
    `T${digits.slice(8, 10)}:${digits.slice(10, 12)}:${digits.slice(12, 14)}`
  );
}

/**
 * Writes a place so that keys ascend as lists go: both numbers are counted down from their greatest value.
 *
 * @returns Where the next byte goes.
 */
export function writePlace(target: Buffer, at: number, { second, taskId }: Place): number {
  target.writeUIntBE(SECOND_END - second, at, 6);
  return writeUint53(target, at + 6, Number.MAX_SAFE_INTEGER - taskId);
}

/** Reads the place whose last byte stands before `end`. */
export function readPlace(source: Uint8Array, end: number): Place {
  const at = end - PLACE_BYTES;
  return {
    second: SECOND_END - (uint16(source, at) * WORD + uint32(source, at + 2)),
    taskId: Number.MAX_SAFE_INTEGER - readUint53(source, at + 6),
  };
}

/** Writes an int from 0 to 2^53 - 1 into 7 bytes, so that keys ascend with it. Returns where the next byte goes. */
export function writeUint53(target: Buffer, at: number, value: number): number {
  target.writeUIntBE(Math.floor(value / WORD), at, 3);
  return target.writeUInt32BE(value >>> 0, at + 3);
}

/** Reads what `writeUint53` wrote. */
export function readUint53(source: Uint8Array, at: number): number {
  return ((source[at] as number) * 65_536 + uint16(source, at + 1)) * WORD + uint32(source, at + 3);
}

function uint16(source: Uint8Array, at: number): number {
  return ((source[at] as number) << 8) | (source[at + 1] as number);
}

function uint32(source: Uint8Array, at: number): number {
  return uint16(source, at) * 65_536 + uint16(source, at + 2);
}

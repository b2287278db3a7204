const WORD = 2 ** 32;

/** The most bytes that `writeInt` takes. */
export const INT_BYTES_MAX = 8;

/**
 * Writes an int from 0 to 2^53 - 1 as how many bytes it takes and these, so that keys ascend with it: small ones, as most
 * are, take few bytes.
 *
 * @returns Where the next byte goes.
 */
export function writeInt(target: Buffer, at: number, value: number): number {
  const high = Math.floor(value / WORD);
  const low = value >>> 0;
  const length = high > 0 ? 4 + bytesOf(high) : bytesOf(low);
  target[at++] = length;
  for (let byte = length - 1; byte >= 4; byte--) target[at++] = (high >>> (8 * (byte - 4))) & 0xff;
  for (let byte = Math.min(length, 4) - 1; byte >= 0; byte--) target[at++] = (low >>> (8 * byte)) & 0xff;
  return at;
}

/** Reads what `writeInt` wrote. */
export function readInt(source: Uint8Array, at: number): number {
  const end = at + 1 + (source[at] as number);
  let value = 0;
  for (let byte = at + 1; byte < end; byte++) value = value * 256 + (source[byte] as number);
  return value;
}

function bytesOf(word: number): number {
  if (word < 0x100) return word === 0 ? 0 : 1;
  if (word < 0x10000) return 2;
  return word < 0x1000000 ? 3 : 4;
}

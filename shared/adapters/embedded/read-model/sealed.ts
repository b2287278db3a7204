import { crc32 } from 'node:zlib';

/** RFC 8259 allows this character nowhere in a JSON text, so that it can stand between two of them (as in RFC 7464). */
export const SEPARATOR = '\u001e';

/** Bytes at the end of a sealed key. */
export const SEAL_BYTES = 2;

/** A text with its checksum, which covers the key that it stands under: a number from 0 to 2^32 - 1 made from that. */
export function sealText(keyNumber: number, text: string): string {
  return `${text}${SEPARATOR}${crc32(text, keyNumber).toString(36)}`;
}

/** The text that `sealText` was given; `undefined` when it is not what was written, or was written under another key. */
export function openSealedText(keyNumber: number, sealed: string): string | undefined {
  const end = sealed.lastIndexOf(SEPARATOR);
  if (end < 0) return undefined;
  const text = sealed.slice(0, end);
  return crc32(text, keyNumber).toString(36) === sealed.slice(end + 1) ? text : undefined;
}

/** The number for a key that is an int from 0. */
export function numberOfInt(key: number): number {
  return (key ^ Math.imul(Math.floor(key / 2 ** 32), 0x9e3779b1)) >>> 0;
}

/** The number for a key that is a text. */
export function numberOfText(key: string): number {
  return crc32(key);
}

/** Puts a checksum behind a key that has no value of its own. Answers where the next byte goes. */
export function sealKey(target: Buffer, end: number): number {
  return target.writeUInt16BE(checksum(target, end), end);
}

/** Whether a key is as `sealKey` made it. */
export function isSealed(key: Buffer): boolean {
  const end = key.length - SEAL_BYTES;
  return end >= 0 && key.readUInt16BE(end) === checksum(key, end);
}

/** FNV-1a, folded to 16 bits: cheaper for a few bytes than a call of anything that is not JavaScript. */
function checksum(bytes: Buffer, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return (hash ^ (hash >>> 16)) & 0xffff;
}

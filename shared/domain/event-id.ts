const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const HEX = Array.from({ length: 4096 }, (_, bits) => bits.toString(16).padStart(3, '0'));
const VALUES = new Map(Array.from(ALPHABET, (character, value) => [character.charCodeAt(0), value]));

/** A version 8 UUID (RFC 9562, section 5.8): the first 128 bits of a hash in base64url, six of them replaced. */
export function eventIdOf(hash: string): string {
  let hex = '';
  for (let at = 0; at < 22; at += 2) {
    const high = VALUES.get(hash.charCodeAt(at)) ?? 0;
    hex += HEX[high * 64 + (VALUES.get(hash.charCodeAt(at + 1)) ?? 0)];
  }
  const variant = ((parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

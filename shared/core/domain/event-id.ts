const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The six bits that a digit of base64url stands for, by its character code; 0 for what is no digit. */
const SIX_BITS = new Uint8Array(128);
for (let bits = 0; bits < ALPHABET.length; bits++) SIX_BITS[ALPHABET.charCodeAt(bits)] = bits;

/** The character codes of the hexadecimal digits. */
const HEX = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const DASH = 0x2d;
const EIGHT = 0x38;

/**
 * The id of the event that has a hash: a version 8 UUID (RFC 9562, section 5.8) of the hash's first 128 bits, six of them
 * replaced by version and variant. A text that is no hash gives some UUID as well, always the same.
 *
 * Every event passes here, in the stores too: one call makes the whole text, without parts to be joined.
 *
 * @param hash SHA-256 as base64url.
 */
export function eventIdOf(hash: string): string {
  const a = bits24(hash, 0);
  const b = bits24(hash, 4);
  const c = bits24(hash, 8);
  const d = bits24(hash, 12);
  const e = bits24(hash, 16);
  const f = (bits6(hash, 20) << 2) | (bits6(hash, 21) >> 4);
  // prettier-ignore
  return String.fromCharCode(
    hex(a >> 20), hex(a >> 16), hex(a >> 12), hex(a >> 8), hex(a >> 4), hex(a), hex(b >> 20), hex(b >> 16), DASH,
    hex(b >> 12), hex(b >> 8), hex(b >> 4), hex(b), DASH,
    EIGHT, hex(c >> 16), hex(c >> 12), hex(c >> 8), DASH,
    hex(((c >> 4) & 0x3) | 0x8), hex(c), hex(d >> 20), hex(d >> 16), DASH,
    hex(d >> 12), hex(d >> 8), hex(d >> 4), hex(d),
    hex(e >> 20), hex(e >> 16), hex(e >> 12), hex(e >> 8), hex(e >> 4), hex(e), hex(f >> 4), hex(f),
  );
}

function bits24(text: string, at: number): number {
  return (
    (bits6(text, at) << 18) | (bits6(text, at + 1) << 12) | (bits6(text, at + 2) << 6) | bits6(text, at + 3)
  );
}

function bits6(text: string, at: number): number {
  return SIX_BITS[text.charCodeAt(at)] ?? 0;
}

/** The character code of the digit for the lowest four bits. */
function hex(bits: number): number {
  return HEX[bits & 0xf] as number;
}

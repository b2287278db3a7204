import { InvalidRequestError } from './errors.js';

// A byte order mark is no part of a text; RFC 8259, section 8.1, lets a reader of JSON skip it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** Of what stands in the middle of a text. */
const part = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** How many runs of bytes that are no UTF-8 are told apart from what stands beside them. */
const BAD_RUNS_MAX = 1_000;

/**
 * The text of a body that somebody has sent, by whatever way, without a byte order mark before it. Bytes that are no UTF-8
 * become an escape of half a surrogate: so what they stand in is refused by itself, and what stands beside it is not.
 *
 * @throws InvalidRequestError when so much of it is no UTF-8 that it is no text.
 */
export function sentText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return escaped(bytes);
  }
}

function escaped(bytes: Uint8Array): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    const before = part.decode(bytes.subarray(from, at));
    while (at < bytes.length && sequenceLength(bytes, at) === 0) at++;
    from = at;
    parts.push(before, escapeBetween(before, bytes[at]));
    if (parts.length > BAD_RUNS_MAX * 2) throw new InvalidRequestError('The body is not UTF-8');
  }
  parts.push(part.decode(bytes.subarray(from)));
  const text = parts.join('');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** An escape of which what stands before it and after it can make neither plain text nor a pair. */
function escapeBetween(before: string, next: number | undefined): string {
  const backslashes = /\\*$/.exec(before)?.[0].length ?? 0;
  const unescaped = backslashes % 2 === 1 ? 'x' : '';
  return unescaped + (next === BACKSLASH ? HIGH_HALF + HIGH_HALF : HIGH_HALF);
}

const BACKSLASH = 0x5c;

/** The first half of a pair. Two of them can't become one pair, whatever follows. */
const HIGH_HALF = String.raw`\ud800`;

/** How many bytes the character has that begins there (Unicode, table 3-7); 0 when none does. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const [second = 0, ...rest] = bytes.subarray(at + 1, at + length);
  const min = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const max = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  const isWhole = rest.length === length - 2 && rest.every((byte) => byte >= 0x80 && byte <= 0xbf);
  return second >= min && second <= max && isWhole ? length : 0;
}

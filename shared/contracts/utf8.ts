/** What a UTF-16 code unit takes in UTF-8 at most, so that short texts need no counting. */
export const UTF8_BYTES_PER_UNIT_MAX = 3;

/** How many bytes a text has in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // A surrogate pair is two units and four bytes: two for each half.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of bytes that are to be JSON. A byte that is no UTF-8 becomes an escape of half a surrogate, `\\udce9` for 0xe9 (as
 * Python's `surrogateescape` has it): so what it stands in is refused by itself, and what stands beside it is not.
 */
export function jsonTextOf(bytes: Uint8Array): string {
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
    parts.push(decoder.decode(bytes.subarray(from, at)), `\\udc${(bytes[at] as number).toString(16)}`);
    from = ++at;
  }
  parts.push(decoder.decode(bytes.subarray(from)));
  return parts.join('');
}

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

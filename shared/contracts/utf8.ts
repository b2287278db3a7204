import { InvalidRequestError } from './errors.js';

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
 * The text of bytes that are to be JSON.
 *
 * @throws InvalidRequestError when they are not UTF-8.
 */
export function jsonTextOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new InvalidRequestError('Malformed JSON: it is not UTF-8', { cause });
  }
}

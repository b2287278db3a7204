/** What a UTF-16 code unit takes in UTF-8 at most, so that short texts need no counting. */
export const UTF8_BYTES_PER_UNIT_MAX = 3;

/** The same as JSON in UTF-8: that of `\u001f`. */
export const JSON_BYTES_PER_UNIT_MAX = 6;

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

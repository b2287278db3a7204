import { JSON_BYTES_PER_UNIT_MAX, utf8Length } from './utf8.js';

/** The longest `error_message` or `reason` of what ends a task, in bytes of its JSON in UTF-8. */
export const FINAL_TEXT_BYTES_MAX = 64 * 1024;

/**
 * A text that is not longer than is kept: what is too long loses its end and says so, since it must never keep a task from
 * ending.
 *
 * @param bytesMax Of its JSON in UTF-8.
 */
export function cutText(text: string, bytesMax = FINAL_TEXT_BYTES_MAX): string {
  if (text.length * JSON_BYTES_PER_UNIT_MAX <= bytesMax || jsonLength(text) <= bytesMax) return text;
  const mark = `… [cut: ${utf8Length(text)} bytes in all]`;
  let room = bytesMax - jsonLength(mark);
  let end = 0;
  // By code points, so that no pair of surrogates is cut in two.
  for (const character of text) {
    room -= jsonLength(character);
    if (room < 0) break;
    end += character.length;
  }
  return text.slice(0, end) + mark;
}

/** How many bytes a text has as JSON in UTF-8, without its quotation marks. */
function jsonLength(text: string): number {
  return utf8Length(JSON.stringify(text)) - 2;
}

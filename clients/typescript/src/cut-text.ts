/**
 * A text as Taskledger takes it: halves of surrogate pairs are replaced, and one that is too long is cut between two characters
 * and says so.
 *
 * @param jsonBytesMax How long it may be as JSON in UTF-8, where a control character alone is six bytes.
 */
export function cutText(text: string, jsonBytesMax: number): string {
  if (text.length <= jsonBytesMax) {
    const whole = text.toWellFormed();
    if (jsonLength(whole) <= jsonBytesMax) return whole;
  }
  const mark = `… [cut to ${jsonBytesMax} bytes]`;
  let room = jsonBytesMax - jsonLength(mark);
  let kept = '';
  for (const character of text.slice(0, jsonBytesMax).toWellFormed()) {
    room -= jsonLength(character);
    if (room < 0) break;
    kept += character;
  }
  return kept + mark;
}

/** How many bytes a text has as JSON in UTF-8, without its quotation marks. */
function jsonLength(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

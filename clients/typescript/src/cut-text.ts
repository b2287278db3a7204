/** A control character takes six bytes in JSON; a text may take half of what it took if it had nothing else. */
const JSON_BYTES_PER_BYTE_MAX = 3;

/**
 * A text as Taskledger takes it: halves of surrogate pairs are replaced, and one of more than `bytesMax` bytes of UTF-8, or of
 * far more as JSON, is cut between two characters and says so.
 */
export function cutText(text: string, bytesMax: number): string {
  const whole = text.length > bytesMax ? undefined : text.toWellFormed();
  const said = whole !== undefined && Buffer.byteLength(whole) <= bytesMax ? whole : cutTo(text, bytesMax);
  const jsonBytes = Buffer.byteLength(JSON.stringify(said));
  return jsonBytes > bytesMax * JSON_BYTES_PER_BYTE_MAX ? cutTo(text, bytesMax / 2) : said;
}

function cutTo(text: string, bytesMax: number): string {
  const mark = ` … [cut to ${bytesMax} bytes]`;
  const bytes = new Uint8Array(bytesMax - Buffer.byteLength(mark));
  // It takes whole characters only, and replaces halves of pairs.
  const { written } = new TextEncoder().encodeInto(text, bytes);
  return Buffer.from(bytes.buffer, 0, written).toString() + mark;
}

/** Looked through at once. */
const PIECE_BYTES = 64 * 1024;

/**
 * Where something ends that may have zeros behind it: the room that a writer makes for what is to come. No commit ends with a
 * zero.
 *
 * @param read Bytes from an address on, as many as were asked for.
 * @param from Where it begins.
 * @param to The address behind its last byte.
 * @returns The address behind the last byte that is not zero; `from` when there is none.
 */
export function contentEnd(
  read: (address: number, bytes: number) => Buffer,
  from: number,
  to: number,
): number {
  for (let end = to; end > from;) {
    const start = Math.max(from, end - PIECE_BYTES);
    const piece = read(start, end - start);
    for (let length = piece.length; length > 0; length--) if (piece[length - 1] !== 0) return start + length;
    end = start;
  }
  return from;
}

import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import type { ListCursor } from '../../../shared/core/ports/read-model.js';

const CURSOR_TEXT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)~([1-9]\d{0,15})$/;

/** A place in a list as clients carry it: opaque to them, and safe in a URL. */
export function cursorText({ createdSecond, taskId }: ListCursor): string {
  return Buffer.from(`${createdSecond}~${taskId}`, 'latin1').toString('base64url');
}

/**
 * The place that a client hands back.
 *
 * @throws InvalidRequestError for a text that no answer has given out.
 */
export function parseCursor(text: string): ListCursor {
  const parts = CURSOR_TEXT.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const cursor = parts && { createdSecond: parts[1] as string, taskId: Number(parts[2]) };
  // The decoder skips what is no base64url, so only what encodes to the same text again is taken.
  if (cursor === null || !Number.isSafeInteger(cursor.taskId) || cursorText(cursor) !== text) {
    throw new InvalidRequestError('cursor must be one that a Link header of this list has given');
  }
  return cursor;
}

import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { LIST_ORDERS, ORDER_DEFAULT, type ListOrder } from '../../../shared/core/ports/list-order.js';
import type { ListCursor } from '../../../shared/core/ports/read-model.js';

/** The order, unless it is the default one, then what the list is sorted by, and the id. */
const CURSOR_TEXT = /^(?:(-?[a-z]+)~)?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|\d{1,15})~([1-9]\d{0,15})$/;

/** A place in a list as clients carry it: opaque to them, and safe in a URL. */
export function cursorText({ at, taskId }: ListCursor, order: ListOrder = ORDER_DEFAULT): string {
  const prefix = order === ORDER_DEFAULT ? '' : `${order}~`;
  return Buffer.from(`${prefix}${at}~${taskId}`, 'latin1').toString('base64url');
}

/**
 * The place that a client hands back.
 *
 * @throws InvalidRequestError for a text that no answer has given out, and for one of a list in another order.
 */
export function parseCursor(text: string, order: ListOrder = ORDER_DEFAULT): ListCursor {
  const parts = CURSOR_TEXT.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const cursor = parts && { at: parts[2] as string, taskId: Number(parts[3]) };
  const given = LIST_ORDERS.find((one) => one === (parts?.[1] ?? ORDER_DEFAULT));
  // The decoder skips what is no base64url, so only what encodes to the same text again is taken.
  const isCursor =
    cursor !== null &&
    given !== undefined &&
    Number.isSafeInteger(cursor.taskId) &&
    given.endsWith('duration') !== cursor.at.includes('T') &&
    cursorText(cursor, given) === text;
  if (!isCursor)
    throw new InvalidRequestError('cursor must be one that a Link header of this list has given');
  if (given !== order)
    throw new InvalidRequestError(
      `cursor must be one of this list's order, ${order}; it is of the order ${given}`,
    );
  return cursor;
}

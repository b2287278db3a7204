import type { Filter } from 'mongodb';
import { ORDER_DEFAULT, orderParts, type ListOrder } from '../../core/ports/list-order.js';
import type { ListCursor } from '../../core/ports/read-model.js';
import type { TaskFilter } from '../../core/ports/task-filter.js';
import { storedPlace, type StoredTask } from './task-document.js';
import { PLACE_BY, TIMES } from './task-indexes.js';

/** Which part of which list is wanted; absent is the beginning, and newest first. */
export interface ListPart {
  order?: ListOrder | undefined;
  cursor?: ListCursor | undefined;
}

/** What a time as JSON is less than, unlike `null`. */
const BEHIND_TIMES_JSON = '#';

/** Between which times tasks are that a filter lets through, and after a cursor. */
export function timesWanted(
  filter: TaskFilter,
  { order = ORDER_DEFAULT, cursor }: ListPart,
): Filter<StoredTask> {
  const { createdAfter, createdBefore, endedAfter, endedBefore, startedAfter, startedBefore, dueBefore } =
    filter;
  const wanted: Record<string, { $gt?: string; $gte?: string; $lt?: string }> = {};
  // A second is the beginning of every place in it, and of its time as it is stored, and comes before them.
  const put = (member: string, after: string | undefined, before: string | undefined): void => {
    if ((after ?? before) === undefined) return;
    wanted[member] = {
      ...(after !== undefined && { $gte: after }),
      ...(before !== undefined && { $lt: before }),
    };
  };
  put(PLACE_BY.created, createdAfter, createdBefore);
  put(TIMES.ended, endedAfter, endedBefore);
  if ((startedAfter ?? startedBefore) !== undefined) {
    const before = startedBefore === undefined ? BEHIND_TIMES_JSON : `"${startedBefore}`;
    put(TIMES.started, `"${startedAfter ?? ''}`, before);
  }
  put(TIMES.due, undefined, dueBefore);

  const { key, ascending } = orderParts(order);
  const place = cursor && storedPlace(cursor);
  const member = PLACE_BY[key];
  const range = wanted[member] ?? {};
  if (place !== undefined && ascending) range.$gt = place;
  if (place !== undefined && !ascending && !(range.$lt !== undefined && range.$lt < place)) range.$lt = place;
  // Those that have none are not in a list by it.
  if (key !== 'created' && range.$gt === undefined && range.$gte === undefined) range.$gt = '';
  if (Object.keys(range).length > 0) wanted[member] = range;
  return wanted;
}

import type { Collection } from 'mongodb';
import { InvalidRequestError } from '../../core/contracts/errors.js';
import type { TaskInclude } from '../../core/contracts/task-fields.js';
import { itemInTimes, withIncludes } from '../../core/contracts/task-json.js';
import type { TimeForm } from '../../core/contracts/time.js';
import {
  COUNTED_TASKS_MAX,
  type ListCursor,
  type TaskCount,
  type TaskPage,
} from '../../core/ports/read-model.js';
import type { ListFilter } from '../../core/ports/task-filter.js';
import { ORDER_DEFAULT, orderParts, type ListOrder } from '../../core/ports/list-order.js';
import { PLACE_BY } from './task-indexes.js';
import { cursorAt, includedParts, storedAt, type StoredTask } from './task-document.js';
import { taskQueries } from './task-queries.js';

const LIST_LIMIT_MAX = 1000;

/** What a page of tasks is to have. */
export interface ListRequest {
  filter: ListFilter;
  limit: number;
  cursor?: ListCursor | undefined;
  include?: readonly TaskInclude[] | undefined;
  times?: TimeForm;
  order?: ListOrder | undefined;
  /** How long the engine may take for each of its answers. */
  maxTimeMS: number;
}

/** A page of the tasks that a filter lets through, in an order. */
export async function listTasks(
  tasks: Collection<StoredTask>,
  { filter, limit, cursor, include = [], times, order = ORDER_DEFAULT, maxTimeMS }: ListRequest,
): Promise<TaskPage> {
  const { key, ascending } = orderParts(order);
  const queries = await taskQueries(tasks, filter, { order, cursor, maxTimeMS });
  const projection = { _id: 0, 'head.itemJson': 1, [PLACE_BY[key]]: 1, ...projectionOf(include, times) };
  // Reading one more than asked for tells whether there is a next page; a batch of two more is a single answer.
  const sort = { [PLACE_BY[key]]: ascending ? 1 : -1 } as const;
  const options = { limit: limit + 1, batchSize: limit + 2, sort, projection, maxTimeMS };
  const pages = await Promise.all(
    queries.map(({ wanted, hint }) => tasks.find(wanted, { ...options, hint }).toArray()),
  );
  const found = pages.flat();
  const placeOf = ({ head }: StoredTask): string => (key === 'created' ? head.place : head[key]) ?? '';
  if (pages.length > 1) found.sort((one, other) => (placeOf(one) > placeOf(other) === ascending ? 1 : -1));
  const shown = found.slice(0, limit);
  const items = shown.map((task) => {
    const item = itemInTimes(task.head.itemJson, task.head, times);
    return include.length === 0 ? item : withIncludes(item, include, includedParts(task), times);
  });
  const last = shown.at(-1);
  if (found.length <= limit || last === undefined) return { items };
  return { items, next: cursorAt(placeOf(last)) };
}

/**
 * As `ReadModel.count`.
 *
 * @param maxTimeMS How long the engine may take for each of its answers.
 */
export async function countTasks(
  tasks: Collection<StoredTask>,
  filter: ListFilter,
  maxTimeMS: number,
): Promise<TaskCount> {
  const queries = await taskQueries(tasks, filter, { maxTimeMS });
  // One more than is said tells whether these are all.
  const options = { limit: COUNTED_TASKS_MAX + 1, maxTimeMS };
  const counts = await Promise.all(
    queries.map(({ wanted, hint }) => tasks.countDocuments(wanted, { ...options, hint })),
  );
  const found = counts.reduce((sum, count) => sum + count, 0);
  return { count: Math.min(found, COUNTED_TASKS_MAX), exact: found <= COUNTED_TASKS_MAX };
}

/** @throws InvalidRequestError unless it is an int from 1 to 1000. */
export function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIST_LIMIT_MAX) return;
  throw new InvalidRequestError(`limit must be an int from 1 to ${LIST_LIMIT_MAX}`);
}

/** What of a document the included members and the times are made of. */
function projectionOf(include: readonly TaskInclude[], times: TimeForm): Record<string, 1> {
  const included = Object.fromEntries(include.map((member) => [storedAt(member), 1] as const));
  return times === undefined ? included : { ...included, 'head.createdAtJson': 1 };
}

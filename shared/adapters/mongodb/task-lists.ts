import type { Collection, Filter, IndexDescription } from 'mongodb';
import { InvalidRequestError } from '../../contracts/errors.js';
import { TASK_STATUSES } from '../../domain/task.js';
import type { ListCursor, TaskFilter, TaskPage } from '../../ports/read-model.js';
import { cursorAt, storedPlace, type StoredTask } from './task-document.js';

const LIST_LIMIT_MAX = 1000;

/** What lists are filtered by, in the order in which an index has them. */
const FILTERED = ['projectId', 'status', 'taskType'] as const;

type Filtered = (typeof FILTERED)[number];

/**
 * One index for each combination of filters, ending with the place by which lists are sorted: whatever the filter, a list
 * is read from its beginning or its cursor on. Several values in one filter are as many ranges, which MongoDB merges by
 * the place (up to 200 ranges: https://www.mongodb.com/docs/manual/tutorial/equality-sort-range-guideline/).
 */
export const TASK_INDEXES: readonly IndexDescription[] = combinations().map((filtered) => ({
  name: indexName(filtered),
  key: { ...Object.fromEntries(filtered.map((member) => [`head.${member}`, 1])), 'head.place': -1 },
}));

/** A page of the tasks that a filter lets through, newest first. */
export async function listTasks(
  tasks: Collection<StoredTask>,
  filter: TaskFilter,
  limit: number,
  cursor?: ListCursor,
): Promise<TaskPage> {
  const values = filterValues(filter);
  const hint = indexName(FILTERED.filter((member) => member in values));
  const wanted: Filter<StoredTask> = Object.fromEntries(
    Object.entries(values).map(([member, value]) => [`head.${member}`, value]),
  );
  if (cursor !== undefined) wanted['head.place'] = { $lt: storedPlace(cursor) };
  // Reading one more than asked for tells whether there is a next page; a batch of two more is a single answer.
  const found = await tasks
    .find(wanted, { hint, limit: limit + 1, batchSize: limit + 2, sort: { 'head.place': -1 } })
    .project<Pick<StoredTask, 'head'>>({ _id: 0, 'head.itemJson': 1, 'head.place': 1 })
    .toArray();
  const shown = found.slice(0, limit);
  const items = shown.map(({ head }) => head.itemJson);
  const last = shown.at(-1);
  if (found.length <= limit || last === undefined) return { items };
  return { items, next: cursorAt(last.head.place) };
}

/** @throws InvalidRequestError unless it is an int from 1 to 1000. */
export function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIST_LIMIT_MAX) return;
  throw new InvalidRequestError(`limit must be an int from 1 to ${LIST_LIMIT_MAX}`);
}

/** The members that a filter restricts, and to what. All statuses are no restriction. */
function filterValues({ projectId, statuses, taskTypes }: TaskFilter): Partial<Record<Filtered, unknown>> {
  const restricted = statuses !== undefined && TASK_STATUSES.some((status) => !statuses.includes(status));
  return {
    ...(projectId !== undefined && { projectId }),
    ...(restricted && { status: oneOf(statuses) }),
    ...(taskTypes !== undefined && { taskType: oneOf(taskTypes) }),
  };
}

function oneOf(values: readonly string[]): unknown {
  const different = [...new Set(values)];
  return different.length === 1 ? different[0] : { $in: different };
}

function combinations(): Filtered[][] {
  return FILTERED.reduce<Filtered[][]>(
    (smaller, member) => [...smaller, ...smaller.map((some) => [...some, member])],
    [[]],
  );
}

function indexName(filtered: readonly Filtered[]): string {
  return [...filtered, 'place'].join('_');
}

import type { Collection, Filter } from 'mongodb';
import { InvalidRequestError } from '../../core/contracts/errors.js';
import type { TaskInclude } from '../../core/contracts/task-fields.js';
import { itemInTimes, withIncludes } from '../../core/contracts/task-json.js';
import type { TimeForm } from '../../core/contracts/time.js';
import { TASK_STATUSES } from '../../core/domain/task.js';
import {
  COUNTED_TASKS_MAX,
  type ListCursor,
  type TaskCount,
  type TaskPage,
} from '../../core/ports/read-model.js';
import type { TaskFilter } from '../../core/ports/task-filter.js';
import { cursorAt, includedParts, storedAt, storedPlace, type StoredTask } from './task-document.js';
import {
  atHead,
  EQUAL,
  FILTERED,
  filteredIndex,
  KEY_INDEX,
  pathIndex,
  type Filtered,
} from './task-indexes.js';

const LIST_LIMIT_MAX = 1000;

/**
 * How many ranges of an index MongoDB merges by the place at most; of more than these it would read all that they hold
 * (https://www.mongodb.com/docs/manual/reference/parameters/, internalQueryMaxScansToExplode).
 */
const RANGES_MAX = 200;

/** What a page of tasks is to have. */
export interface ListRequest {
  filter: TaskFilter;
  limit: number;
  cursor?: ListCursor | undefined;
  include?: readonly TaskInclude[] | undefined;
  times?: TimeForm;
  /** How long the engine may take for each of its answers. */
  maxTimeMS: number;
}

/** A page of the tasks that a filter lets through, newest first. */
export async function listTasks(
  tasks: Collection<StoredTask>,
  { filter, limit, cursor, include = [], times, maxTimeMS }: ListRequest,
): Promise<TaskPage> {
  const queries = (await choicesOf(tasks, filter)).map((choice) => queryOf(filter, choice, cursor));
  const projection = { _id: 0, 'head.itemJson': 1, 'head.place': 1, ...projectionOf(include, times) };
  // Reading one more than asked for tells whether there is a next page; a batch of two more is a single answer.
  const sort = { 'head.place': -1 } as const;
  const options = { limit: limit + 1, batchSize: limit + 2, sort, projection, maxTimeMS };
  const pages = await Promise.all(
    queries.map(({ wanted, hint }) => tasks.find(wanted, { ...options, hint }).toArray()),
  );
  const found = pages.flat();
  if (pages.length > 1) found.sort((one, other) => (one.head.place > other.head.place ? -1 : 1));
  const shown = found.slice(0, limit);
  const items = shown.map((task) => {
    const item = itemInTimes(task.head.itemJson, task.head, times);
    return include.length === 0 ? item : withIncludes(item, include, includedParts(task), times);
  });
  const last = shown.at(-1);
  if (found.length <= limit || last === undefined) return { items };
  return { items, next: cursorAt(last.head.place) };
}

/**
 * As `ReadModel.count`.
 *
 * @param maxTimeMS How long the engine may take for each of its answers.
 */
export async function countTasks(
  tasks: Collection<StoredTask>,
  filter: TaskFilter,
  maxTimeMS: number,
): Promise<TaskCount> {
  const queries = (await choicesOf(tasks, filter)).map((choice) => queryOf(filter, choice, undefined));
  // One more than is said tells whether these are all. No two queries find the same task, as its type never changes.
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

/** The values of which each member of a task must have one; absent means any. */
type Choice = { [Member in Filtered]?: readonly unknown[] };

/** What a filter restricts of project, status and type, as several where one would be too many ranges; none for nothing. */
async function choicesOf(tasks: Collection<StoredTask>, filter: TaskFilter): Promise<Choice[]> {
  const { statuses = TASK_STATUSES, notTaskTypes = [], key, keyPrefix } = filter;
  if (key !== undefined && keyPrefix !== undefined && !key.startsWith(keyPrefix)) return [];
  // The index of paths has both, so that it takes every combination: then all there are must be named.
  const byPath = key === undefined && keyPrefix !== undefined;
  const status = TASK_STATUSES.filter((one) => statuses.includes(one));
  let taskType = filter.taskTypes && [...new Set(filter.taskTypes)];
  // Without a time limit, which FerretDB does not take here; it is a walk over the few values of an index.
  if (byPath || notTaskTypes.length > 0) taskType ??= await tasks.distinct('head.taskType');
  taskType = taskType?.filter((one) => !notTaskTypes.includes(one));
  if (status.length === 0 || taskType?.length === 0) return [];

  const choice: Choice = byPath || status.length < TASK_STATUSES.length ? { status } : {};
  for (const member of EQUAL) if (filter[member] !== undefined) choice[member] = [filter[member]];
  if (taskType === undefined) return [choice];
  const typesMax = Math.floor(RANGES_MAX / (choice.status?.length ?? 1));
  const choices: Choice[] = [];
  for (let first = 0; first < taskType.length; first += typesMax)
    choices.push({ ...choice, taskType: taskType.slice(first, first + typesMax) });
  return choices;
}

function queryOf(
  { createdAfter, createdBefore, key, keyPrefix }: TaskFilter,
  choice: Choice,
  cursor: ListCursor | undefined,
): { wanted: Filter<StoredTask>; hint: string } {
  const wanted: Filter<StoredTask> = {};
  let hint = filteredIndex(FILTERED.filter((member) => choice[member] !== undefined));
  if (key !== undefined) {
    wanted.key = key;
    hint = KEY_INDEX;
  } else if (keyPrefix !== undefined) {
    wanted.paths = keyPrefix;
    hint = pathIndex(EQUAL.filter((member) => choice[member] !== undefined));
  }
  for (const member of FILTERED) {
    const values = choice[member];
    if (values !== undefined) Object.assign(wanted, { [atHead(member)]: oneOf(values) });
  }

  const ends = [cursor && storedPlace(cursor), createdBefore].filter((end) => end !== undefined).sort();
  // A second is the beginning of every place in it, and comes before them.
  const between = {
    ...(createdAfter !== undefined && { $gte: createdAfter }),
    ...(ends[0] !== undefined && { $lt: ends[0] }),
  };
  if (Object.keys(between).length > 0) wanted['head.place'] = between;
  return { wanted, hint };
}

function oneOf(values: readonly unknown[]): unknown {
  return values.length === 1 ? values[0] : { $in: values };
}

/** What of a document the included members and the times are made of. */
function projectionOf(include: readonly TaskInclude[], times: TimeForm): Record<string, 1> {
  const included = Object.fromEntries(include.map((member) => [storedAt(member), 1] as const));
  return times === undefined ? included : { ...included, 'head.createdAtJson': 1 };
}

import type { Collection, Filter } from 'mongodb';
import { InvalidRequestError } from '../../core/contracts/errors.js';
import type { TaskInclude } from '../../core/contracts/task-fields.js';
import { withIncludes } from '../../core/contracts/task-json.js';
import { TASK_STATUSES } from '../../core/domain/task.js';
import type { ListCursor, TaskPage } from '../../core/ports/read-model.js';
import { TRAIT_FILTERS, type TaskFilter, type TraitFilter } from '../../core/ports/task-filter.js';
import {
  cursorAt,
  includedParts,
  storedAt,
  storedId,
  storedPlace,
  type StoredTask,
} from './task-document.js';
import {
  atHead,
  atTrait,
  EQUAL,
  FILTERED,
  filteredIndex,
  ID_INDEX,
  KEY_INDEX,
  pathIndex,
  traitIndex,
  type Filtered,
  type Trait,
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
  /** How long the engine may take for each of its answers. */
  maxTimeMS: number;
}

/** A page of the tasks that a filter lets through, newest first. */
export async function listTasks(
  tasks: Collection<StoredTask>,
  { filter, limit, cursor, include = [], maxTimeMS }: ListRequest,
): Promise<TaskPage> {
  const named = namedBy(filter);
  const queries =
    named === undefined
      ? (await choicesOf(tasks, filter)).map((choice) => queryOf(filter, choice, cursor))
      : namedQueries(filter, named, cursor);
  const projection = { _id: 0, 'head.itemJson': 1, 'head.place': 1, ...projectionOf(include) };
  // Reading one more than asked for tells whether there is a next page; a batch of two more is a single answer.
  const sort = { 'head.place': -1 } as const;
  const options = { limit: limit + 1, batchSize: limit + 2, sort, projection, maxTimeMS };
  const pages = await Promise.all(
    queries.map(({ wanted, hint }) => tasks.find(wanted, { ...options, hint }).toArray()),
  );
  const found = pages.flat();
  if (pages.length > 1) found.sort((one, other) => (one.head.place > other.head.place ? -1 : 1));
  const shown = found.slice(0, limit);
  const items = shown.map((task) =>
    include.length === 0
      ? task.head.itemJson
      : withIncludes(task.head.itemJson, include, includedParts(task)),
  );
  const last = shown.at(-1);
  if (found.length <= limit || last === undefined) return { items };
  return { items, next: cursorAt(last.head.place) };
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
  return chunksOf(taskType, typesMax).map((some) => ({ ...choice, taskType: some }));
}

function queryOf(
  filter: TaskFilter,
  choice: Choice,
  cursor: ListCursor | undefined,
): { wanted: Filter<StoredTask>; hint: string } {
  const { key, keyPrefix } = filter;
  const wanted = traitsWanted(filter) as Filter<StoredTask>;
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

  return { wanted: { ...wanted, ...between(filter, cursor) }, hint };
}

/** The places that a filter lets through, after a cursor. */
function between(
  { createdAfter, createdBefore }: TaskFilter,
  cursor: ListCursor | undefined,
): Filter<StoredTask> {
  const ends = [cursor && storedPlace(cursor), createdBefore].filter((end) => end !== undefined).sort();
  // A second is the beginning of every place in it, and comes before them.
  const places = {
    ...(createdAfter !== undefined && { $gte: createdAfter }),
    ...(ends[0] !== undefined && { $lt: ends[0] }),
  };
  return Object.keys(places).length > 0 ? { 'head.place': places } : {};
}

/** What few tasks have in common: an index leads to them, and the rest of a filter is looked up in their documents. */
type Named = { by: 'ids' | 'label' } | { by: TraitFilter };

/** What of a filter names few tasks, from what names the fewest on; `undefined` where a key does, or nothing. */
function namedBy({ key, taskIds, labels = [], ...filter }: TaskFilter): Named | undefined {
  if (taskIds !== undefined) return { by: 'ids' };
  if (key !== undefined) return undefined;
  const by = (Object.keys(TRAIT_FILTERS) as TraitFilter[]).find((member) => filter[member] !== undefined);
  if (by !== undefined) return { by };
  return labels.length > 0 && filter.keyPrefix === undefined ? { by: 'label' } : undefined;
}

function namedQueries(
  filter: TaskFilter,
  { by }: Named,
  cursor: ListCursor | undefined,
): { wanted: Filter<StoredTask>; hint: string }[] {
  const { key, keyPrefix, projectId, statuses = TASK_STATUSES, taskTypes, notTaskTypes } = filter;
  const status = TASK_STATUSES.filter((one) => statuses.includes(one));
  if (status.length === 0) return [];
  const wanted = {
    ...traitsWanted(filter),
    ...between(filter, cursor),
    'head.status': oneOf(status),
    ...(key !== undefined && { key }),
    ...(keyPrefix !== undefined && { paths: keyPrefix }),
    ...(projectId !== undefined && { 'head.projectId': projectId }),
    ...((taskTypes ?? notTaskTypes) !== undefined && {
      'head.taskType': { ...(taskTypes && { $in: taskTypes }), ...(notTaskTypes && { $nin: notTaskTypes }) },
    }),
  };
  if (by === 'ids') return [{ wanted, hint: ID_INDEX }];
  if (by === 'label') return [{ wanted, hint: traitIndex('labels') }];
  const trait = TRAIT_FILTERS[by];
  return chunksOf([...new Set(filter[by])], Math.floor(RANGES_MAX / status.length)).map((values) => ({
    wanted: { ...wanted, [atTrait(trait)]: oneOf(values) },
    hint: traitIndex(trait),
  }));
}

/** What a filter asks for that only some tasks have, and their ids. */
function traitsWanted({ taskIds, labels = [], ...filter }: TaskFilter): Record<string, unknown> {
  const wanted: Record<string, unknown> = {};
  const put = (trait: Trait, condition: unknown): unknown => (wanted[atTrait(trait)] = condition);
  for (const member of Object.keys(TRAIT_FILTERS) as TraitFilter[]) {
    const values = filter[member];
    if (values !== undefined) put(TRAIT_FILTERS[member], oneOf(values));
  }
  if (labels.length > 0) put('labels', labels.length === 1 ? labels[0] : { $all: labels });
  if (taskIds !== undefined) wanted._id = { $in: [...new Set(taskIds)].map(storedId) };
  return wanted;
}

function chunksOf<Value>(values: readonly Value[], sizeMax: number): Value[][] {
  const chunks: Value[][] = [];
  for (let first = 0; first < values.length; first += sizeMax)
    chunks.push(values.slice(first, first + sizeMax));
  return chunks;
}

function oneOf(values: readonly unknown[]): unknown {
  return values.length === 1 ? values[0] : { $in: values };
}

/** What of a document the included members are made of. */
function projectionOf(include: readonly TaskInclude[]): Record<string, 1> {
  return Object.fromEntries(include.map((member) => [storedAt(member), 1]));
}

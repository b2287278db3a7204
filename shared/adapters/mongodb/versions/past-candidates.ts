import type { Collection, Filter } from 'mongodb';
import { isFinal, TASK_STATUSES } from '../../../core/domain/task.js';
import { orderParts, type ListOrder } from '../../../core/ports/list-order.js';
import type { ListCursor } from '../../../core/ports/read-model.js';
import type { ListFilter } from '../../../core/ports/task-filter.js';
import { lastingPart, nearMoment, statusesOf } from '../../../core/ports/task-versions.js';
import { cursorAt, type StoredTask } from '../task-document.js';
import { PLACE_BY } from '../task-indexes.js';
import { taskQueries } from '../task-queries.js';
import { timesWanted } from '../times-wanted.js';
import type { PastUnit } from './unit-records.js';
import {
  heldAt,
  PROJECT_STATUS_NODES_INDEX,
  STATUS_NODES_INDEX,
  TASK_NODES_INDEX,
  type StoredVersion,
} from './version-document.js';

/** The collections of one copy, and how long the engine may take for each of its answers. */
export interface PastCollections {
  tasks: Collection<StoredTask>;
  versions: Collection<StoredVersion>;
  maxTimeMS: number;
}

/** What is looked for when. */
export interface PastQuery {
  position: string;
  unit: PastUnit;
  filter: ListFilter;
  order: ListOrder;
}

/** A task that a filter may have let through, as it was; `undefined` where it was not there yet. */
export interface Candidate {
  cursor: ListCursor;
  version: StoredVersion | undefined;
}

/** What of a filter leads to few tasks by an index of its own, whatever states they were in. */
const NAMED = ['key', 'keyPrefix', 'taskIds', 'labels', 'parents', 'retryOf'] as const;

/**
 * Some of those tasks that a filter let through at a position, and others, in the order of the list, after a cursor.
 *
 * What never changes is looked for in the present lists, and final states are there as well: they last. What was pending or
 * running is looked for among the versions.
 *
 * @param count How many: fewer only at the end of the list.
 */
export async function pastCandidates(
  collections: PastCollections,
  query: PastQuery,
  cursor: ListCursor | undefined,
  count: number,
): Promise<Candidate[]> {
  return isByState(query)
    ? byState(collections, query, cursor, count)
    : byTasks(collections, query, cursor, count);
}

function isByState({ filter, order }: PastQuery): boolean {
  if (orderParts(order).key !== 'created') return false;
  if (NAMED.some((member) => filter[member] !== undefined)) return false;
  const statuses = statusesOf(filter);
  const isSome = statuses.length < TASK_STATUSES.length || filter.silent === true;
  return isSome && lastingPart(filter, order).statuses === undefined && !statuses.every(isFinal);
}

async function byState(
  { versions, maxTimeMS }: PastCollections,
  { position, unit, filter, order }: PastQuery,
  cursor: ListCursor | undefined,
  count: number,
): Promise<Candidate[]> {
  const { projectId, taskTypes, notTaskTypes, createdAfter, createdBefore } = nearMoment(
    filter,
    order,
    unit.end,
  );
  const times = {
    ...(createdAfter !== undefined && { createdAfter }),
    ...(createdBefore !== undefined && { createdBefore }),
  };
  const statuses = filter.silent === true ? ['running' as const] : statusesOf(filter);
  const wanted = {
    ...heldAt(position, unit.nodes),
    ...(timesWanted(times, { order, cursor }) as Filter<StoredVersion>),
    'head.status': { $in: [...statuses] },
    ...(projectId !== undefined && { 'head.projectId': projectId }),
    ...((taskTypes ?? notTaskTypes) !== undefined && {
      'head.taskType': { ...(taskTypes && { $in: taskTypes }), ...(notTaskTypes && { $nin: notTaskTypes }) },
    }),
  } as Filter<StoredVersion>;
  const sort = { 'head.place': orderParts(order).ascending ? 1 : -1 } as const;
  const hint = projectId === undefined ? STATUS_NODES_INDEX : PROJECT_STATUS_NODES_INDEX;
  const options = { limit: count, batchSize: count + 1, sort, maxTimeMS, hint };
  const found = await versions.find(wanted, options).toArray();
  return found.map((version) => ({ cursor: cursorAt(version.head.place), version }));
}

async function byTasks(
  { tasks, versions, maxTimeMS }: PastCollections,
  { position, unit, filter, order }: PastQuery,
  cursor: ListCursor | undefined,
  count: number,
): Promise<Candidate[]> {
  const { key, ascending } = orderParts(order);
  const lasting = nearMoment(lastingPart(filter, order), order, unit.end);
  const queries = await taskQueries(tasks, lasting, { order, cursor, maxTimeMS });
  const projection = { _id: 1, [PLACE_BY[key]]: 1 };
  const sort = { [PLACE_BY[key]]: ascending ? 1 : -1 } as const;
  const options = { limit: count, batchSize: count + 1, sort, projection, maxTimeMS };
  const pages = await Promise.all(
    queries.map(({ wanted, hint }) => tasks.find(wanted, { ...options, hint }).toArray()),
  );
  const found = pages.flat().map(({ _id, head }) => ({
    _id,
    place: (key === 'created' ? head.place : head[key]) ?? '',
  }));
  if (pages.length > 1) found.sort((one, other) => (one.place > other.place === ascending ? 1 : -1));
  const some = found.slice(0, count);
  const held = await versionsAt(
    { versions, maxTimeMS },
    some.map(({ _id }) => _id),
    position,
    unit,
  );
  return some.map(({ _id, place }) => ({ cursor: cursorAt(place), version: held.get(_id) }));
}

/** Some tasks as they were at a position, by their stored ids. */
export async function versionsAt(
  { versions, maxTimeMS }: Omit<PastCollections, 'tasks'>,
  tasks: readonly string[],
  position: string,
  { nodes }: PastUnit,
): Promise<Map<string, StoredVersion>> {
  if (tasks.length === 0) return new Map();
  const options = { batchSize: tasks.length + 1, hint: TASK_NODES_INDEX, maxTimeMS };
  const found = await versions
    .find({ task: { $in: [...tasks] }, ...heldAt(position, nodes) }, options)
    .toArray();
  return new Map(found.map((version) => [version.task, version]));
}

import { matchesTraits, type ListFilter } from '../../../core/ports/task-filter.js';
import { CommonPlaces } from './common-places.js';
import { GivenPlaces } from './given-places.js';
import { isBefore, type PlaceBounds, type PlaceStream } from './place-stream.js';
import { secondNumber, type Place } from './place.js';
import { PlacesThatPass } from './places-that-pass.js';
import { indexFilter, leadsTo, type IndexFilter } from './task-index.js';
import type { TaskRecord } from './task-record.js';
import type { TaskTables } from './task-tables.js';

/** What of a record it takes to show an item, and to hold it against what led to it. */
export type ListedTask = Omit<TaskRecord, 'parts'>;

/** What a list is asked for, in the words of the tables. */
export interface TaskQuery {
  state: IndexFilter;
  /** All of it as it was asked. */
  filter: ListFilter;
  taskIds: ReadonlySet<number> | undefined;
  bounds: PlaceBounds;
}

/** A filter, and after which place its list starts, in the words of the tables. */
export function taskQuery(filter: ListFilter, after: Place | undefined, { types }: TaskTables): TaskQuery {
  const taskIds = filter.taskIds && new Set(filter.taskIds);
  return { state: indexFilter(filter, types), filter, taskIds, bounds: boundsOf(filter, after) };
}

/** Where the tasks stand that a query finds in the tables, newest first. @throws DamagedStoreError as `TaskIndex.places`. */
export function storedPlaces(query: TaskQuery, tables: TaskTables): PlaceStream {
  const { state, filter, taskIds, bounds } = query;
  const byDigest = [...tables.traits.places(filter, bounds), ...tables.words.places(filter, bounds)];
  if (filter.key !== undefined) byDigest.push(tables.keys.withKey(filter.key, bounds));
  const streams = [...byDigest];
  if (filter.keyPrefix !== undefined) streams.push(tables.keys.withPrefix(filter.keyPrefix, bounds));
  if (taskIds !== undefined) streams.push(new GivenPlaces(placesOf(taskIds, tables), bounds));
  if (streams.length === 0 || Object.keys(state).length > 0) streams.push(tables.index.places(state, bounds));
  const common = streams.length === 1 ? (streams[0] as PlaceStream) : new CommonPlaces(streams);
  if (byDigest.length === 0) return common;
  return new PlacesThatPass(common, ({ taskId }) =>
    tables.mayPass(taskId, (task) => hasNamed(query, task) && tables.hasWords(filter, task)),
  );
}

/** Whether a query lets a task through, its bounds and words apart. */
export function passes(query: TaskQuery, task: ListedTask): boolean {
  const { state, filter, taskIds } = query;
  return (
    leadsTo(state, task) &&
    (filter.keyPrefix === undefined || task.key?.startsWith(filter.keyPrefix) === true) &&
    (taskIds === undefined || taskIds.has(task.taskId)) &&
    hasNamed(query, task)
  );
}

/** Whether a task has what a query finds by digests. */
function hasNamed({ filter }: TaskQuery, { key, extras }: ListedTask): boolean {
  return (filter.key === undefined || key === filter.key) && matchesTraits(filter, extras.traits);
}

/** Where those of some tasks stand that there are. @throws DamagedTaskError when one is not what was written. */
function placesOf(taskIds: ReadonlySet<number>, tables: TaskTables): Place[] {
  return [...taskIds].flatMap((taskId) => tables.record(taskId) ?? []);
}

/** The part of the list after a place and between the times of a filter. */
function boundsOf({ createdAfter, createdBefore }: ListFilter, after: Place | undefined): PlaceBounds {
  const next = after && placeBehind(after);
  const before = createdBefore === undefined ? undefined : lastBefore(createdBefore);
  return {
    from: next !== undefined && before !== undefined && isBefore(next, before) ? before : (next ?? before),
    end: createdAfter === undefined ? undefined : lastBefore(createdAfter),
  };
}

function placeBehind({ second, taskId }: Place): Place {
  if (taskId > 0) return { second, taskId: taskId - 1 };
  return { second: second - 1, taskId: Number.MAX_SAFE_INTEGER };
}

/** The first place in a list of what was created before a second. */
function lastBefore(second: string): Place {
  return { second: secondNumber(second) - 1, taskId: Number.MAX_SAFE_INTEGER };
}

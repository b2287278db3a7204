import type { TaskFilter } from '../../../core/ports/task-filter.js';
import { CommonPlaces } from './common-places.js';
import { MergedPlaces } from './merged-places.js';
import { isBefore, type PlaceBounds, type PlaceStream } from './place-stream.js';
import { secondNumber, type Place } from './place.js';
import { PlacesThatPass } from './places-that-pass.js';
import { indexFilter, leadsTo, type IndexedState, type IndexFilter } from './task-index.js';
import type { TaskRecord } from './task-record.js';
import type { TaskTables } from './task-tables.js';

/** What a list is asked for, in the words of the tables. */
export interface TaskQuery {
  state: IndexFilter;
  key: string | undefined;
  keyPrefix: string | undefined;
  bounds: PlaceBounds;
}

/** A filter, and after which place its list starts, in the words of the tables. */
export function taskQuery(filter: TaskFilter, after: Place | undefined, { types }: TaskTables): TaskQuery {
  const { key, keyPrefix } = filter;
  return { state: indexFilter(filter, types), key, keyPrefix, bounds: boundsOf(filter, after) };
}

/** Where the tasks stand that a query finds in the tables, newest first. @throws DamagedStoreError as `TaskIndex.places`. */
export function storedPlaces(query: TaskQuery, tables: TaskTables): PlaceStream {
  const { state, bounds } = query;
  const { index } = tables;
  const byKey = placesByKey(query, tables);
  if (byKey === undefined) return index.places(state, bounds);
  return Object.keys(state).length === 0 ? byKey : new CommonPlaces(byKey, index.places(state, bounds));
}

/** Whether a query lets a task through, its bounds apart. */
export function passes(
  { state, key, keyPrefix }: TaskQuery,
  task: IndexedState & Pick<TaskRecord, 'key'>,
): boolean {
  return (
    leadsTo(state, task) &&
    (key === undefined || task.key === key) &&
    (keyPrefix === undefined || task.key?.startsWith(keyPrefix) === true)
  );
}

/** The tasks that a query's key or prefix lets through; `undefined` when it has neither. */
function placesByKey({ key, keyPrefix, bounds }: TaskQuery, tables: TaskTables): PlaceStream | undefined {
  if (key === undefined)
    return keyPrefix === undefined ? undefined : tables.keys.withPrefix(keyPrefix, bounds);
  if (keyPrefix !== undefined && !key.startsWith(keyPrefix)) return new MergedPlaces([]);
  return new PlacesThatPass(tables.keys.withKey(key, bounds), ({ taskId }) => tables.mayHaveKey(taskId, key));
}

/** The part of the list after a place and between the times of a filter. */
function boundsOf({ createdAfter, createdBefore }: TaskFilter, after: Place | undefined): PlaceBounds {
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

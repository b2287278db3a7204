import type { TaskExtras } from '../../../core/contracts/task-fields.js';
import type { ListOrder } from '../../../core/ports/list-order.js';
import { matchesTraits, type ListFilter } from '../../../core/ports/task-filter.js';
import { hasTimes, matchesTimes } from '../../../core/ports/time-filter.js';
import { boundsOf } from './order-bounds.js';
import type { PlaceBounds } from './place-stream.js';
import type { Place } from './place.js';
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
  order: ListOrder;
  bounds: PlaceBounds;
}

/** A filter, and after which place of which order its list starts, in the words of the tables. */
export function taskQuery(
  filter: ListFilter,
  after: Place | undefined,
  order: ListOrder,
  { types }: TaskTables,
): TaskQuery {
  const taskIds = filter.taskIds && new Set(filter.taskIds);
  return {
    state: indexFilter(filter, types),
    filter,
    taskIds,
    order,
    bounds: boundsOf(filter, order, after),
  };
}

/** Whether a query lets a task through, wherever its list starts. */
export function passes(query: TaskQuery, task: ListedTask): boolean {
  const { state, filter, taskIds } = query;
  return (
    leadsTo(state, task) &&
    (filter.keyPrefix === undefined || task.key?.startsWith(filter.keyPrefix) === true) &&
    (taskIds === undefined || taskIds.has(task.taskId)) &&
    (filter.createdAfter === undefined || task.createdSecond >= filter.createdAfter) &&
    (filter.createdBefore === undefined || task.createdSecond < filter.createdBefore) &&
    hasNamed(query, task)
  );
}

/** Whether a task has what a query finds by digests, and its times: what entries do not say. */
export function hasNamed({ filter }: TaskQuery, { key, extras }: ListedTask): boolean {
  return (
    (filter.key === undefined || key === filter.key) &&
    matchesTraits(filter, extras.traits) &&
    matchesRecord(filter, extras)
  );
}

/** Whether times let a task through. */
function matchesRecord(filter: ListFilter, { startedAtJson, completedAtJson, traits }: TaskExtras): boolean {
  if (!hasTimes(filter)) return true;
  const { due_at } = traits;
  return matchesTimes(filter, {
    started_at: timeIn(startedAtJson),
    completed_at: timeIn(completedAtJson),
    due_at,
  });
}

function timeIn(json: string): string | null {
  return json === 'null' ? null : json.slice(1, -1);
}

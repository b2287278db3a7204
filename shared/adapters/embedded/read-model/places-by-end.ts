import { isFinal, TASK_STATUSES, type TaskStatus } from '../../../core/domain/task.js';
import { ORDER_DEFAULT } from '../../../core/ports/list-order.js';
import type { ListFilter } from '../../../core/ports/task-filter.js';
import { GivenPlaces } from './given-places.js';
import { boundsOf } from './order-bounds.js';
import { placeIn } from './order-places.js';
import type { Place } from './place.js';
import { taskAt, type PlaceStream } from './place-stream.js';
import { FEW_MAX, placesByCreation } from './places-by-creation.js';
import { RECORD_STEPS, SiftedPlaces } from './sifted-places.js';
import { passes, type TaskQuery } from './task-query.js';
import type { TaskTables } from './task-tables.js';

/** Members of a filter that a list by the end walks by: of all others it has to look at the tasks. */
const WALKED = new Set<string>([
  'projectId',
  'statuses',
  'taskTypes',
  'notTaskTypes',
  'endedAfter',
  'endedBefore',
] satisfies (keyof ListFilter)[]);

/**
 * The places of a list by the end or the duration. When a filter leads to few tasks otherwise, these are sorted; else it walks
 * along the index of the order, and passes over what is not wanted.
 */
export function placesByEnd(query: TaskQuery, key: 'ended' | 'duration', tables: TaskTables): PlaceStream {
  const { state, filter, bounds } = query;
  const isNever =
    state.taskTypes?.length === 0 ||
    state.statuses?.every((status) => !isFinal(TASK_STATUSES[status] as TaskStatus)) === true;
  if (isNever) return new GivenPlaces([], bounds);
  const named = Object.keys(filter).filter((member) => !WALKED.has(member));
  const needsLook = named.length > 0 || (key === 'duration' && hasEnds(filter));
  const few = needsLook ? fewPlaces(query, tables) : undefined;
  if (few !== undefined) return new GivenPlaces(few, bounds);
  const places = tables.times.places(key, state, bounds);
  if (!needsLook) return places;
  const test = (place: Place): boolean =>
    tables.mayPass(taskAt(place), (task) => passes(query, task) && tables.hasWords(filter, task));
  return new SiftedPlaces(places, test, RECORD_STEPS);
}

function hasEnds({ endedAfter, endedBefore }: ListFilter): boolean {
  return (endedAfter ?? endedBefore) !== undefined;
}

/** Where the tasks of a query stand in its order; `undefined` when they are not few, or to find them is too much work. */
function fewPlaces(query: TaskQuery, tables: TaskTables): Place[] | undefined {
  const byCreation: TaskQuery = {
    ...query,
    order: ORDER_DEFAULT,
    bounds: boundsOf(query.filter, ORDER_DEFAULT),
  };
  const found = placesByCreation(byCreation, tables);
  const taskIds: number[] = [];
  for (; found.head !== undefined && taskIds.length <= FEW_MAX; found.next()) taskIds.push(found.head.taskId);
  found.close();
  if (taskIds.length > FEW_MAX || found.stoppedAt !== undefined) return undefined;
  return taskIds.flatMap((taskId) => {
    const task = tables.record(taskId);
    return (task && placeIn(query.order, task)) ?? [];
  });
}

import type { ListFilter } from '../../../core/ports/task-filter.js';
import { hasTimes } from '../../../core/ports/time-filter.js';
import { CommonPlaces } from './common-places.js';
import { givenPlaces, rangeOf } from './order-bounds.js';
import { taskAt, type PlaceStream } from './place-stream.js';
import type { Place } from './place.js';
import { PlacesThatPass } from './places-that-pass.js';
import { RECORD_STEPS, SiftedPlaces } from './sifted-places.js';
import { hasNamed, type TaskQuery } from './task-query.js';
import type { TaskTables } from './task-tables.js';

/**
 * So many tasks are gathered and sorted at most, in tens of milliseconds during which nobody else is served; of more the list is
 * gone through.
 */
export const FEW_MAX = 10_000;

/** Where the tasks of a list by creation stand in the tables, in its order. @throws DamagedStoreError as `TaskIndex.places`. */
export function placesByCreation(query: TaskQuery, tables: TaskTables): PlaceStream {
  const { state, filter, taskIds, bounds } = query;
  const byDigest = [...tables.traits.places(filter, bounds), ...tables.words.places(filter, bounds)];
  if (filter.key !== undefined) byDigest.push(tables.keys.withKey(filter.key, bounds));
  const streams = [...byDigest];
  if (filter.keyPrefix !== undefined) streams.push(tables.keys.withPrefix(filter.keyPrefix, bounds));
  if (taskIds !== undefined) streams.push(givenPlaces(placesOf(taskIds, tables), bounds));
  for (const places of fewByTimes(filter, tables)) streams.push(givenPlaces(places, bounds));
  if (streams.length === 0 || Object.keys(state).length > 0) streams.push(tables.index.places(state, bounds));
  const common = streams.length === 1 ? (streams[0] as PlaceStream) : new CommonPlaces(streams);
  const named = (place: Place): boolean =>
    tables.mayPass(taskAt(place), (task) => hasNamed(query, task) && tables.hasWords(filter, task));
  if (hasTimes(filter)) return new SiftedPlaces(common, named, RECORD_STEPS);
  return byDigest.length === 0 ? common : new PlacesThatPass(common, named);
}

/** Where those of some tasks stand that there are. @throws DamagedTaskError when one is not what was written. */
function placesOf(taskIds: ReadonlySet<number>, tables: TaskTables): Place[] {
  return [...taskIds].flatMap((taskId) => tables.record(taskId) ?? []);
}

/** For each of the times of a filter that has an index and that few tasks have, where these stand by their creation. */
function fewByTimes(filter: ListFilter, { times }: TaskTables): Place[][] {
  const { endedAfter, endedBefore, dueBefore } = filter;
  const few: (Place[] | undefined)[] = [];
  if ((endedAfter ?? endedBefore) !== undefined)
    few.push(times.few('ended', rangeOf(endedAfter, endedBefore), FEW_MAX));
  if (dueBefore !== undefined) few.push(times.few('due', rangeOf(undefined, dueBefore), FEW_MAX));
  return few.filter((places) => places !== undefined);
}

import { orderParts } from '../../../core/ports/list-order.js';
import { TRAIT_FILTERS, type ListFilter, type TraitFilter } from '../../../core/ports/task-filter.js';
import { hasTimes } from '../../../core/ports/time-filter.js';
import { CommonPlaces } from './common-places.js';
import { Gathering } from './gathering.js';
import { givenPlaces } from './order-bounds.js';
import { mirrored, taskAt, type PlaceStream } from './place-stream.js';
import type { Place } from './place.js';
import { PlacesThatPass } from './places-that-pass.js';
import { RECORD_STEPS, SiftedPlaces } from './sifted-places.js';
import { hasNamed, type TaskQuery } from './task-query.js';
import type { TaskTables } from './task-tables.js';
import { timeRanges, wantedSpans } from './time-ranges.js';

/** Where the tasks of a list by creation stand in the tables, in its order. @throws DamagedStoreError as `TaskIndex.places`. */
export function placesByCreation(query: TaskQuery, tables: TaskTables): PlaceStream {
  const { state, filter, order, bounds } = query;
  const ways = waysByCreation(query, tables);
  const isOfAll = ways === undefined;
  const common = ways ?? tables.index.places(state, bounds);
  const named = (place: Place): boolean =>
    tables.mayPass(taskAt(place), (task) => hasNamed(query, task) && tables.hasWords(filter, task));
  if (hasTimes(filter)) {
    const gatherings = timesGathered(query, tables, isOfAll);
    const leap = tables.spans.leap('created', wantedSpans(filter, 'created'), orderParts(order).ascending);
    return new SiftedPlaces(common, [{ passes: named, steps: RECORD_STEPS }], { bounds, gatherings, leap });
  }
  return isByDigest(filter) ? new PlacesThatPass(common, named) : common;
}

/** Where tasks stand that indexes by the creation lead to, without a look at them; `undefined` where these are all tasks. */
export function waysByCreation(
  { state, filter, taskIds, bounds }: TaskQuery,
  tables: TaskTables,
): PlaceStream | undefined {
  const streams = [...tables.traits.places(filter, bounds), ...tables.words.places(filter, bounds)];
  if (filter.key !== undefined) streams.push(tables.keys.withKey(filter.key, bounds));
  if (filter.keyPrefix !== undefined) streams.push(tables.keys.withPrefix(filter.keyPrefix, bounds));
  if (taskIds !== undefined) streams.push(givenPlaces(placesOf(taskIds, tables), bounds));
  if (Object.keys(state).length > 0) streams.push(tables.index.places(state, bounds));
  return streams.length > 1 ? new CommonPlaces(streams) : streams[0];
}

/** Whether a filter asks for what digests stand for. */
function isByDigest(filter: ListFilter): boolean {
  const { key, labels = [], silent, words = [], errorWords = [] } = filter;
  const isByTrait = Object.keys(TRAIT_FILTERS).some((member) => filter[member as TraitFilter] !== undefined);
  return (
    isByTrait || key !== undefined || silent === true || labels.length + words.length + errorWords.length > 0
  );
}

/** Where those of some tasks stand that there are. @throws DamagedTaskError when one is not what was written. */
function placesOf(taskIds: ReadonlySet<number>, tables: TaskTables): Place[] {
  return [...taskIds].flatMap((taskId) => tables.record(taskId) ?? []);
}

/** For each of the times of a filter where the tasks stand by their creation that have it. */
function timesGathered({ filter, order }: TaskQuery, { times }: TaskTables, isWhole: boolean): Gathering[] {
  const { ascending } = orderParts(order);
  return timeRanges(filter).map(({ kind, bounds }) => {
    const created = times.created(kind, bounds);
    return new Gathering(ascending ? inMirror(created) : created, 1, isWhole);
  });
}

function* inMirror(places: Generator<Place, true>): Generator<Place, true> {
  for (const place of places) yield mirrored(place);
  return true;
}

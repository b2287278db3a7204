import { orderParts } from '../../../core/ports/list-order.js';
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
  const { state, filter, taskIds, order, bounds } = query;
  const byDigest = [...tables.traits.places(filter, bounds), ...tables.words.places(filter, bounds)];
  if (filter.key !== undefined) byDigest.push(tables.keys.withKey(filter.key, bounds));
  const streams = [...byDigest];
  if (filter.keyPrefix !== undefined) streams.push(tables.keys.withPrefix(filter.keyPrefix, bounds));
  if (taskIds !== undefined) streams.push(givenPlaces(placesOf(taskIds, tables), bounds));
  const isOfAll = streams.length === 0 && Object.keys(state).length === 0;
  if (streams.length === 0 || Object.keys(state).length > 0) streams.push(tables.index.places(state, bounds));
  const common = streams.length === 1 ? (streams[0] as PlaceStream) : new CommonPlaces(streams);
  const named = (place: Place): boolean =>
    tables.mayPass(taskAt(place), (task) => hasNamed(query, task) && tables.hasWords(filter, task));
  if (hasTimes(filter)) {
    const gatherings = timesGathered(query, tables, isOfAll);
    const leap = tables.spans.leap('created', wantedSpans(filter, 'created'), orderParts(order).ascending);
    return new SiftedPlaces(common, [{ passes: named, steps: RECORD_STEPS }], { bounds, gatherings, leap });
  }
  return byDigest.length === 0 ? common : new PlacesThatPass(common, named);
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

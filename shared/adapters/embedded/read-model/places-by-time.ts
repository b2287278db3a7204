import { isFinal, TASK_STATUSES, type TaskStatus } from '../../../core/domain/task.js';
import { ORDER_DEFAULT, orderParts } from '../../../core/ports/list-order.js';
import type { ListFilter } from '../../../core/ports/task-filter.js';
import { Gathering } from './gathering.js';
import { GivenPlaces } from './given-places.js';
import { boundsOf } from './order-bounds.js';
import type { Place } from './place.js';
import { mirrored, taskAt, type PlaceStream } from './place-stream.js';
import { placesByCreation, waysByCreation } from './places-by-creation.js';
import { RECORD_STEPS, SiftedPlaces, type SiftedOptions, type Sieve } from './sifted-places.js';
import type { IndexFilter } from './task-index.js';
import { passes, type TaskQuery } from './task-query.js';
import type { TaskTables } from './task-tables.js';
import { entrySieve, hasStatus, placeByTime, type TimeKind } from './time-index.js';
import { timeRanges, wantedSpans } from './time-ranges.js';

/** Members of a filter that every entry says; some say more. */
const IN_ENTRIES = ['projectId', 'taskTypes', 'notTaskTypes'] satisfies (keyof ListFilter)[];

/**
 * The places of a list of what has such a time, in the order of it. It goes along the index, and passes over what is not wanted;
 * when a filter leads to few tasks otherwise, these are sorted.
 *
 * @param query Its bounds are of places by this time.
 */
export function placesByTime(query: TaskQuery, kind: TimeKind, tables: TaskTables): PlaceStream {
  const { state, filter, bounds } = query;
  if (isNever(kind, state)) return new GivenPlaces([], bounds);
  const range = tables.times.range(kind, bounds);
  const { statuses: _, ...withoutStatus } = state;
  const said = hasStatus(kind) ? state : withoutStatus;
  const sieves: Sieve[] = Object.keys(said).length === 0 ? [] : [entrySieve(range, said)];
  if (!isInEntries(kind, filter)) {
    const test = (place: Place): boolean =>
      tables.mayPass(taskAt(place), (task) => passes(query, task) && tables.hasWords(filter, task));
    sieves.push({ passes: test, steps: RECORD_STEPS });
  }
  if (sieves.length === 0) return range;
  // Tasks that are named are few: they are gathered at once.
  const isNamed = (filter.taskIds ?? filter.key) !== undefined;
  const foundSteps = isNamed ? 0 : RECORD_STEPS;
  const gatherings = waysTo(query, kind, tables).map(
    (way) => new Gathering(foundIn(way, query, kind, tables), foundSteps, true),
  );
  const headStart = isNamed ? 0 : undefined;
  return new SiftedPlaces(range, sieves, {
    bounds,
    gatherings,
    headStart,
    leap: leapOf(query, kind, tables),
  });
}

/** Durations tell nothing of times. */
function leapOf({ filter, order }: TaskQuery, kind: TimeKind, { spans }: TaskTables): SiftedOptions['leap'] {
  const wanted = kind === 'ended' ? wantedSpans(filter, kind) : [];
  return kind === 'ended' && wanted.length > 0
    ? spans.leap(kind, wanted, orderParts(order).ascending)
    : undefined;
}

/** Where the tasks of a query stand, in whatever order takes the fewest looks at them: by a time alone, else by creation. */
export function placesToCount(query: TaskQuery, tables: TaskTables): PlaceStream {
  const { statuses: _, ...others } = query.filter;
  const by = timeRanges(query.filter).find(({ kind }) => isInEntries(kind, others));
  if (by === undefined) return placesByCreation(query, tables);
  return placesByTime({ ...query, bounds: by.bounds }, by.kind, tables);
}

/** Whether the entries of a kind, and where they stand, say all that a filter asks for. */
function isInEntries(kind: TimeKind, filter: ListFilter): boolean {
  const range = timeRanges(filter).find((one) => one.kind === kind);
  const said: string[] = [...IN_ENTRIES, ...(range?.members ?? []), ...(hasStatus(kind) ? ['statuses'] : [])];
  return Object.keys(filter).every((member) => said.includes(member));
}

/** Whether no task can have such a time and pass. */
function isNever(kind: TimeKind, { statuses, taskTypes }: IndexFilter): boolean {
  const isOpen = (status: number): boolean => !isFinal(TASK_STATUSES[status] as TaskStatus);
  return taskTypes?.length === 0 || (hasStatus(kind) && statuses?.every(isOpen) === true);
}

/** Where tasks stand by creation, in whatever order; at its end whether these were all. */
type Way = Generator<Place, boolean>;

/** What leads to the tasks of a query beside their place by such a time. */
function waysTo(query: TaskQuery, kind: TimeKind, tables: TaskTables): Way[] {
  const ranges = timeRanges(query.filter).filter((range) => range.kind !== kind);
  const ways: Way[] = ranges.map((range) => tables.times.created(range.kind, range.bounds));
  return [...ways, byCreation(query, tables)];
}

/** Those that indexes by the creation lead to. */
function* byCreation(query: TaskQuery, tables: TaskTables): Way {
  const { filter, state } = query;
  const bounds = boundsOf(filter, ORDER_DEFAULT);
  const places =
    waysByCreation({ ...query, order: ORDER_DEFAULT, bounds }, tables) ?? tables.index.places(state, bounds);
  try {
    for (; places.head !== undefined; places.next()) yield places.head;
    return places.stoppedAt === undefined;
  } finally {
    places.close();
  }
}

/** Where the tasks of a query that a way leads to stand by such a time. */
function* foundIn(
  way: Way,
  query: TaskQuery,
  kind: TimeKind,
  tables: TaskTables,
): Generator<Place | undefined, boolean> {
  const { ascending } = orderParts(query.order);
  try {
    for (let next = way.next(); ; next = way.next()) {
      if (next.done === true) return next.value;
      const task = tables.record(taskAt(next.value));
      const isWanted = task !== undefined && passes(query, task) && tables.hasWords(query.filter, task);
      const place = isWanted ? placeByTime(kind, task) : undefined;
      yield place && ascending ? mirrored(place) : place;
    }
  } finally {
    way.return(false);
  }
}

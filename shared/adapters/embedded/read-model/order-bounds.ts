import { orderParts, type ListOrder } from '../../../core/ports/list-order.js';
import type { ListFilter } from '../../../core/ports/task-filter.js';
import { GivenPlaces } from './given-places.js';
import { secondNumber, type Place } from './place.js';
import { isBefore, mirrored, type PlaceBounds, type PlaceStream } from './place-stream.js';

/** The part of a list of this order after a place and between the times of a filter that the order is by. */
export function boundsOf(filter: ListFilter, order: ListOrder, after?: Place): PlaceBounds {
  const { key, ascending } = orderParts(order);
  const { createdAfter, createdBefore, endedAfter, endedBefore } = filter;
  const times = key === 'created' ? [createdAfter, createdBefore] : [endedAfter, endedBefore];
  const range = key === 'duration' ? { ascending } : rangeOf(times[0], times[1], ascending);
  const next = after && placeBehind(after, ascending);
  const from = next !== undefined && !(range.from && isBefore(next, range.from)) ? next : range.from;
  return { ...range, from };
}

/** The part of a list from a second on and before another one. */
export function rangeOf(
  after: string | undefined,
  before: string | undefined,
  ascending = false,
): PlaceBounds {
  const [from, end] = [before, after].map((second) =>
    second === undefined ? undefined : lastBefore(second),
  );
  if (!ascending) return { from, end };
  // The other way round: each begins with the first place that is not before the second.
  return { from: end && behindLast(end), end: from && behindLast(from), ascending };
}

/** Known places by creation in the direction of a list. */
export function givenPlaces(places: readonly Place[], bounds: PlaceBounds): PlaceStream {
  return new GivenPlaces(bounds.ascending === true ? places.map(mirrored) : places, bounds);
}

function placeBehind({ second, taskId }: Place, ascending: boolean): Place {
  if (ascending ? taskId > -Number.MAX_SAFE_INTEGER : taskId > 0) return { second, taskId: taskId - 1 };
  return { second: second - 1, taskId: ascending ? 0 : Number.MAX_SAFE_INTEGER };
}

/** The first place in a list of what was created before a second. */
function lastBefore(second: string): Place {
  return { second: secondNumber(second) - 1, taskId: Number.MAX_SAFE_INTEGER };
}

/** The mirrored place of the first one in the second after such a place. */
function behindLast({ second }: Place): Place {
  return mirrored({ second: second + 1, taskId: 0 });
}

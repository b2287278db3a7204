import type { TaskFilter } from '../../../core/ports/task-filter.js';
import type { TimeFilter } from '../../../core/ports/time-filter.js';
import { rangeOf } from './order-bounds.js';
import type { PlaceBounds } from './place-stream.js';
import { secondNumber } from './place.js';
import type { TimeKind } from './time-index.js';
import type { SpannedOrder, WantedSpan } from './time-spans.js';

/** Between which times of a kind tasks are that a filter lets through. */
export interface TimeRange {
  kind: TimeKind;
  bounds: PlaceBounds;
  /** The members of the filter that say so. */
  members: readonly (keyof TimeFilter)[];
}

/** Which members of a filter say from when on, and before when. */
const MEMBERS = {
  ended: ['endedAfter', 'endedBefore'],
  started: ['startedAfter', 'startedBefore'],
  due: [undefined, 'dueBefore'],
} as const satisfies Partial<Record<TimeKind, readonly (keyof TimeFilter | undefined)[]>>;

/** The times that a filter is about, newest first. */
export function timeRanges(filter: TimeFilter): TimeRange[] {
  return (Object.keys(MEMBERS) as (keyof typeof MEMBERS)[]).flatMap((kind) => {
    const [afterBy, beforeBy] = MEMBERS[kind];
    const [after, before] = [afterBy && filter[afterBy], filter[beforeBy]];
    if ((after ?? before) === undefined) return [];
    const members = afterBy === undefined ? [beforeBy] : [afterBy, beforeBy];
    return { kind, bounds: rangeOf(after, before), members };
  });
}

/** The times that a filter is about beside that of an order, as what stands around them is held against them. */
export function wantedSpans(filter: TaskFilter, order: SpannedOrder): WantedSpan[] {
  const { createdAfter, createdBefore, endedAfter, endedBefore, startedAfter, startedBefore, dueBefore } =
    filter;
  const spans = {
    created: [createdAfter, createdBefore],
    started: [startedAfter, startedBefore],
    ended: [endedAfter, endedBefore],
    due: [undefined, dueBefore],
  };
  return (Object.keys(spans) as (keyof typeof spans)[]).flatMap((of) => {
    const [after, before] = spans[of];
    if (of === order || (after ?? before) === undefined) return [];
    return {
      of,
      from: after === undefined ? 0 : secondNumber(after),
      before: before === undefined ? Infinity : secondNumber(before),
    };
  });
}

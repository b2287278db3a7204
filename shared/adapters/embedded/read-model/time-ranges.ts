import type { TimeFilter } from '../../../core/ports/time-filter.js';
import { rangeOf } from './order-bounds.js';
import type { PlaceBounds } from './place-stream.js';
import type { TimeKind } from './time-index.js';

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

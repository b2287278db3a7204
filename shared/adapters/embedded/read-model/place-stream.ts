import type { Place } from './place.js';

/** Places in the order of a list, read lazily and within one turn of the event loop. */
export interface PlaceStream {
  /** Where it stands; `undefined` at its end. */
  readonly head: Place | undefined;
  /** Set when it ended for the work that it took: no place up to and with this one is left out. */
  readonly stoppedAt?: Place | undefined;
  /** Goes to the next place. */
  next(): void;
  /**
   * Goes to the first place that does not come before the given one, however many there are in between.
   *
   * @returns What it took, in steps to a next place.
   */
  seek(to: Place): number;
  /** Lets go of the index. */
  close(): void;
}

/** The part of a list that is wanted. */
export interface PlaceBounds {
  /** The first place. */
  from?: Place | undefined;
  /** The place before which it ends. */
  end?: Place | undefined;
  /**
   * From the smallest place on. Then all places of the streams and of these bounds are `mirrored`: so they, too, go from the
   * greatest to the smallest, and whatever puts streams together need not know.
   */
  ascending?: boolean;
}

/** A place of an ascending list as one of a descending list, and back. */
export function mirrored({ second, taskId }: Place): Place {
  // Not the negative zero of a minus.
  return { second: 0 - second, taskId: 0 - taskId };
}

/** The task at a place, be it mirrored or not. */
export function taskAt({ taskId }: Place): number {
  return Math.abs(taskId);
}

/** Whether a place comes earlier in a list than another. */
export function isBefore(one: Place, other: Place): boolean {
  return one.second > other.second || (one.second === other.second && one.taskId > other.taskId);
}

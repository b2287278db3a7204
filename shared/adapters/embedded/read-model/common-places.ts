import type { Place } from './place.js';
import { isBefore, type PlaceStream } from './place-stream.js';

/** What seeks may take before a list stops short: about 10 ms, during which nobody else is served. */
const STEPS_MAX = 40_000;

/**
 * The places that some streams have in common. One that is behind seeks to where the furthest is, again and again (a leapfrog
 * join), so that the work is that of the rarest one, not that of the store. Streams that are large and have little in
 * common would still seek for long: after `stepsMax` it ends and says how far it came.
 */
export class CommonPlaces implements PlaceStream {
  head: Place | undefined;
  stoppedAt: Place | undefined;
  private steps = 0;

  /** @param sources At least one. */
  constructor(
    private readonly sources: readonly PlaceStream[],
    private readonly stepsMax = STEPS_MAX,
  ) {
    this.settle();
  }

  next(): void {
    this.first.next();
    this.settle();
  }

  seek(to: Place): number {
    const before = this.steps;
    this.steps += this.first.seek(to);
    this.settle();
    return this.steps - before;
  }

  close(): void {
    for (const source of this.sources) source.close();
  }

  private get first(): PlaceStream {
    return this.sources[0] as PlaceStream;
  }

  private settle(): void {
    this.head = undefined;
    for (;;) {
      let furthest = this.first.head;
      for (const { head, stoppedAt } of this.sources) {
        if (head === undefined) {
          this.stoppedAt = stoppedAt;
          return;
        }
        if (furthest === undefined || isBefore(furthest, head)) furthest = head;
      }
      const goal = furthest as Place;
      const behind = this.sources.find(({ head }) => isBefore(head as Place, goal));
      if (behind === undefined) {
        this.head = goal;
        return;
      }
      if (this.steps >= this.stepsMax) {
        this.stoppedAt = behind.head;
        return;
      }
      this.steps += behind.seek(goal);
    }
  }
}

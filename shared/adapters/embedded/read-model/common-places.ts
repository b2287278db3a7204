import type { Place } from './place.js';
import { isBefore, type PlaceStream } from './place-stream.js';

/** What seeks may take before a list stops short: about 10 ms, during which nobody else is served. */
const STEPS_MAX = 40_000;

/**
 * The places that two streams have in common. The one that is behind seeks to where the other one is, again and again
 * (a leapfrog join), so that the work is that of the rarer one, not that of the store. Two streams that are large and
 * have little in common would still seek for long: after `stepsMax` it ends and says how far it came.
 */
export class CommonPlaces implements PlaceStream {
  head: Place | undefined;
  stoppedAt: Place | undefined;
  private steps = 0;

  constructor(
    private readonly one: PlaceStream,
    private readonly other: PlaceStream,
    private readonly stepsMax = STEPS_MAX,
  ) {
    this.settle();
  }

  next(): void {
    this.one.next();
    this.settle();
  }

  seek(to: Place): number {
    const before = this.steps;
    this.steps += this.one.seek(to);
    this.settle();
    return this.steps - before;
  }

  close(): void {
    this.one.close();
    this.other.close();
  }

  private settle(): void {
    for (;;) {
      const [one, other] = [this.one.head, this.other.head];
      this.head = undefined;
      if (one === undefined || other === undefined) return;
      const behind = isBefore(one, other) ? this.one : this.other;
      const ahead = behind === this.one ? other : one;
      if (behind === this.other && !isBefore(other, one)) {
        this.head = one;
        return;
      }
      if (this.steps >= this.stepsMax) {
        this.stoppedAt = behind.head;
        return;
      }
      this.steps += behind.seek(ahead);
    }
  }
}

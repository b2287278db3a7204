import type { Place } from './place.js';
import { isBefore, type PlaceStream } from './place-stream.js';

/** How many ranges are leapt in before a list stops short: about 15 ms, during which nobody else is served. */
const LEAPS_MAX = 3_000;

/**
 * The places that two streams have in common. The one that is behind leaps to where the other one is, again and again
 * (a leapfrog join), so that the work is that of the rarer one, not that of the store. Two streams that are large and
 * have little in common would still leap for long: after `leapsMax` it ends and says how far it came.
 */
export class CommonPlaces implements PlaceStream {
  head: Place | undefined;
  stoppedAt: Place | undefined;
  readonly width: number;

  constructor(
    private readonly one: PlaceStream,
    private readonly other: PlaceStream,
    private leapsLeft = LEAPS_MAX,
  ) {
    this.width = one.width + other.width;
    this.settle();
  }

  next(): void {
    this.one.next();
    this.settle();
  }

  leap(to: Place): void {
    this.one.leap(to);
    this.settle();
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
      if (this.leapsLeft <= 0) {
        this.stoppedAt = behind.head;
        return;
      }
      this.leapsLeft -= behind.width;
      behind.leap(ahead);
    }
  }
}

import type { Place } from './place.js';
import type { PlaceStream } from './place-stream.js';

/** What passing over places may take before a list stops short, in tests of what an entry says: tens of milliseconds. */
const STEPS_MAX = 40_000;

/** A test that reads the task costs about as much as so many that look at the entry alone. */
export const RECORD_STEPS = 16;

/** Those places of a stream that pass a test, which may be few: after some work it ends, and says how far it came. */
export class SiftedPlaces implements PlaceStream {
  head: Place | undefined;
  stoppedAt: Place | undefined;
  private steps = 0;

  /** @param testSteps What one test costs. */
  constructor(
    private readonly source: PlaceStream,
    private readonly passes: (place: Place) => boolean,
    private readonly testSteps: number,
    private readonly stepsMax = STEPS_MAX,
  ) {
    this.settle();
  }

  next(): void {
    this.source.next();
    this.settle();
  }

  seek(to: Place): number {
    const before = this.steps;
    const taken = this.source.seek(to);
    this.settle();
    return taken + this.steps - before;
  }

  close(): void {
    this.source.close();
  }

  private settle(): void {
    const { source } = this;
    for (; source.head !== undefined; source.next()) {
      this.head = source.head;
      if (this.passes(source.head)) return;
      this.steps += this.testSteps;
      if (this.steps >= this.stepsMax) {
        this.stoppedAt = source.head;
        this.head = undefined;
        return;
      }
    }
    this.head = undefined;
    this.stoppedAt = source.stoppedAt;
  }
}

import { CommonPlaces } from './common-places.js';
import type { Gathering } from './gathering.js';
import { GivenPlaces } from './given-places.js';
import type { Place } from './place.js';
import type { PlaceBounds, PlaceStream } from './place-stream.js';
import type { Leap } from './time-spans.js';

/** What passing over places may take before a list stops short, in tests of what an entry says: tens of milliseconds. */
const STEPS_MAX = 40_000;

/** What is passed over before it is tried to gather what is wanted: what a page of a list costs where half of the tasks are. */
const HEAD_START_STEPS = 1_000;

/** A test that reads the task costs about as much as so many that look at the entry alone. */
export const RECORD_STEPS = 16;

/** A test of a place. */
export interface Sieve {
  passes: (place: Place) => boolean;
  /** What one test costs, in tests of what an entry says. */
  steps: number;
}

/** What goes on beside the sifting, and where sifting ends. */
export interface SiftedOptions {
  /** The part of the list that is wanted. */
  bounds?: PlaceBounds;
  gatherings?: readonly Gathering[];
  /** Where it goes on behind a place that does not pass, if that is known not to be the next. */
  leap?: ((place: Place) => Leap | undefined) | undefined;
  /** What is passed over before anything is gathered. */
  headStart?: number | undefined;
  stepsMax?: number;
}

/**
 * Those places of a stream that pass some tests. They may be few: what is gathered otherwise takes over as soon as it is all
 * there, for which no more work is done than for passing over. After some work it ends, and says how far it came.
 */
export class SiftedPlaces implements PlaceStream {
  head: Place | undefined;
  stoppedAt: Place | undefined;
  private steps = 0;
  private readonly gatherings: Set<Gathering>;
  private readonly bounds: PlaceBounds;
  private leap: SiftedOptions['leap'];
  private readonly headStart: number;
  private readonly stepsMax: number;

  /** @param sieves In the order in which they are asked. */
  constructor(
    private source: PlaceStream,
    private readonly sieves: readonly Sieve[],
    options: SiftedOptions = {},
  ) {
    const {
      bounds = {},
      gatherings = [],
      leap,
      headStart = HEAD_START_STEPS,
      stepsMax = STEPS_MAX,
    } = options;
    this.bounds = bounds;
    this.gatherings = new Set(gatherings);
    this.leap = leap;
    this.headStart = headStart;
    this.stepsMax = stepsMax;
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
    for (const gathering of this.gatherings) gathering.close();
  }

  private settle(): void {
    while (this.source.head !== undefined) {
      this.head = this.source.head;
      if (this.passes(this.head)) return;
      if (this.steps >= this.stepsMax) {
        this.stoppedAt = this.head;
        this.head = undefined;
        return;
      }
      if (!this.takesOver(this.head)) this.goOn(this.head);
    }
    this.head = undefined;
    this.stoppedAt = this.source.stoppedAt;
  }

  /** Goes behind a place that does not pass. */
  private goOn(place: Place): void {
    const leap = this.leap?.(place);
    if (leap === undefined) this.source.next();
    else this.steps += leap.steps + this.source.seek(leap.to);
  }

  /** What does not pass counts as passed over. */
  private passes(place: Place): boolean {
    let steps = 0;
    for (const sieve of this.sieves) {
      steps += sieve.steps;
      if (sieve.passes(place)) continue;
      this.steps += steps;
      return false;
    }
    return true;
  }

  /** Whether what was gathered is gone on with, from a place on. */
  private takesOver(place: Place): boolean {
    if (this.steps < this.headStart) return false;
    for (const gathering of this.gatherings) {
      const places = gathering.goOn(this.steps);
      if (places === undefined) continue;
      this.gatherings.delete(gathering);
      if (places === 'many') continue;
      const given = new GivenPlaces(places, { ...this.bounds, from: place });
      this.leap = undefined;
      if (gathering.isWhole) this.source.close();
      this.source = gathering.isWhole ? given : new CommonPlaces([given, this.source]);
      return true;
    }
    return false;
  }
}

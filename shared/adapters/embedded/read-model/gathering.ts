import type { Place } from './place.js';

/**
 * So many tasks are gathered and sorted at most, in tens of milliseconds during which nobody else is served; of more the list is
 * gone through.
 */
const FEW_MAX = 10_000;

/** One for each task that is found, `undefined` where it is not in the list; at its end whether these were all. */
export type FoundPlaces = Iterator<Place | undefined, boolean>;

/** The places of a list, found by something else than the list's order, a part at a time: it is for lists of few tasks. */
export class Gathering {
  private steps = 0;
  private count = 0;
  private readonly places: Place[] = [];

  /**
   * @param found Reads nothing before it is asked.
   * @param foundSteps What it costs to find one, in steps to a next place.
   * @param isWhole Whether a list of them needs nothing else: else they are to be held against what it went by before.
   */
  constructor(
    private readonly found: FoundPlaces,
    private readonly foundSteps: number,
    readonly isWhole: boolean,
    private readonly countMax = FEW_MAX,
  ) {}

  /** Goes on until it has cost so much in all. Answers the places once these are all, and `many` when they are too many. */
  goOn(steps: number): readonly Place[] | 'many' | undefined {
    while (this.steps < steps) {
      const { done, value } = this.found.next();
      if (done === true) return value ? this.places : 'many';
      if (value !== undefined) this.places.push(value);
      this.steps += this.foundSteps;
      if (++this.count > this.countMax) {
        this.close();
        return 'many';
      }
    }
    return undefined;
  }

  /** Lets go of the index. */
  close(): void {
    this.found.return?.();
  }
}

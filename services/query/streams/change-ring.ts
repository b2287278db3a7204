import { NewestChanges, type StreamChange } from './stream-change.js';

/** The position before everything: in the order of texts it comes before every position that a store gives. */
export const BEFORE_ALL = '0';

/** How much a ring holds. */
export interface RingLimits {
  changesMax: number;
  charactersMax: number;
}

/** Changes one after the other, each with a number that it keeps. */
export interface NumberedChanges {
  /** The number after that of the last one. */
  readonly end: number;
  /** Everything up to here is in them, or was before them. */
  readonly position: string;
  at(number: number): StreamChange;
}

/** The last changes of the ledger, in its order and without a gap; the oldest are given up for new ones. */
export class ChangeRing implements NumberedChanges {
  /** The number of the first one that is kept. */
  start = 0;
  end = 0;
  private kept: StreamChange[] = [];
  private characters = 0;
  private readonly newest = new NewestChanges();

  /** @param startPosition Everything after it is here, as long as it is not given up. */
  constructor(
    private readonly limits: RingLimits,
    public startPosition: string,
    public position = startPosition,
  ) {}

  /** Adds the changes that come next. @param position How far they reach; nothing up to there was left out. */
  add(changes: readonly StreamChange[], position: string): void {
    for (const change of changes) {
      this.kept.push(change);
      this.newest.add(change);
      this.characters += change.characters;
      this.end++;
    }
    this.position = position;
    this.giveUp();
  }

  /** Whether everything after a position is here. */
  covers(position: string): boolean {
    return position >= this.startPosition;
  }

  at(number: number): StreamChange {
    return this.kept[this.kept.length - (this.end - number)] as StreamChange;
  }

  /** The number of the first change after a position; `end` when there is none yet. */
  firstAfter(position: string): number {
    let [low, high] = [this.start, this.end];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle).position > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The position of a task's newest change; `undefined` when none is here. */
  newestOf(taskId: number): string | undefined {
    return this.newest.of(taskId)?.position;
  }

  private giveUp(): void {
    const { changesMax, charactersMax } = this.limits;
    while (this.end - this.start > changesMax || this.characters > charactersMax) {
      const oldest = this.at(this.start);
      this.start++;
      this.characters -= oldest.characters;
      this.startPosition = oldest.position;
      this.newest.remove(oldest);
    }
    // Those that are given up are cut off once there are more of them than of the others, not one by one.
    const count = this.end - this.start;
    if (this.kept.length > 2 * count) this.kept = this.kept.slice(this.kept.length - count);
  }
}

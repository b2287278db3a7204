import type { Database, DatabaseOptions } from 'lmdb';
import type { DerivedFolder } from '../derived-folder.js';
import { DamagedStoreError } from './damage.js';
import { readInt, writeInt } from './ints.js';
import type { Place } from './place.js';
import { mirrored } from './place-stream.js';
import { numberOfInt, openSealedText, sealText } from './sealed.js';

/** What a task comes to, in the order in which it is stored. */
export const SPANNED = ['created', 'started', 'ended', 'due'] as const;

/** One of these. */
export type Spanned = (typeof SPANNED)[number];

/** When a task came to each, as `Place.second`; absent where it has not. */
export type SpannedTask = Partial<Record<Spanned, number>> & { created: number };

/** Orders of lists that times go along with more or less, and the number by which they are stored. */
const ORDERS = { created: 0, ended: 1 } as const;

/** One of these. */
export type SpannedOrder = keyof typeof ORDERS;

/** From one second on, and before another. */
export interface WantedSpan {
  of: Spanned;
  from: number;
  before: number;
}

/** How many seconds are looked at together: up to three days. */
const LEVELS_SECONDS = [8, 256, 8_192, 262_144] as const;

/** So many blocks are looked at before a list goes on: about as long as that takes. */
const BLOCKS_PER_LEAP_MAX = 64;

/** What a look at a block costs, in tests of what an entry says. */
const BLOCK_STEPS = 4;

/** Where a list goes on, and what it took to find out, in tests of what an entry says. */
export interface Leap {
  to: Place;
  steps: number;
}

/** The first and the last block of each that is spanned, each member of `SPANNED` after the other; `undefined` for none. */
type Spans = (number | undefined)[];

/**
 * Between which times all tasks came to something that stand next to each other in a list: so a list that is asked for by other
 * times than its own passes over what lies before them without a look at it. Times are kept in whole blocks of as many seconds, so
 * that few tasks change anything; what was spanned once stays so.
 */
export class TimeSpans {
  private readonly spans: Database<string, number>;

  constructor(folder: DerivedFolder) {
    this.spans = folder.openDatabase('time-spans', {
      encoding: 'string',
      keyEncoder: KEYS,
    } as DatabaseOptions);
  }

  /** Takes a task in as it is now. Belongs into a transaction. */
  put(task: SpannedTask, before: SpannedTask | undefined): void {
    if (before !== undefined && SPANNED.every((one) => task[one] === before[one])) return;
    for (const order of Object.keys(ORDERS) as SpannedOrder[]) {
      const second = task[order];
      if (second === undefined) continue;
      for (const level of LEVELS_SECONDS.keys()) this.widen(keyOf(order, level, second), level, task);
    }
  }

  /**
   * What answers where a list goes on that came upon a task which it was not asked for: the first place behind all those around it
   * that can't be wanted either; `undefined` where it is the next.
   *
   * @param wanted All of them.
   * @param ascending Whether places are mirrored.
   */
  leap(
    order: SpannedOrder,
    wanted: readonly WantedSpan[],
    ascending: boolean,
  ): (place: Place) => Leap | undefined {
    // The block of each level that was last found to be gone through.
    const entered = LEVELS_SECONDS.map((): number | undefined => undefined);
    /** The first second behind the largest block around one in which nothing is wanted; `undefined` where something may be. */
    const behind = (second: number): number | undefined => {
      for (let level = LEVELS_SECONDS.length - 1; level >= 0; level--) {
        const seconds = LEVELS_SECONDS[level] as number;
        const block = Math.floor(second / seconds);
        if (entered[level] === block) continue;
        if (!this.mayHave(keyOf(order, level, second), level, wanted))
          return ascending ? (block + 1) * seconds : block * seconds - 1;
        entered[level] = block;
      }
      return undefined;
    };
    return (place) => {
      let goal: number | undefined;
      let next = behind(Math.abs(place.second));
      let blocks = 0;
      // To go there costs more than to look where it would go on from there.
      for (; next !== undefined && blocks < BLOCKS_PER_LEAP_MAX; blocks++) {
        goal = next;
        next = behind(goal);
      }
      if (goal === undefined) return undefined;
      const to = ascending
        ? mirrored({ second: goal, taskId: 0 })
        : { second: goal, taskId: Number.MAX_SAFE_INTEGER };
      return { to, steps: blocks * BLOCK_STEPS };
    };
  }

  private widen(key: number, level: number, task: SpannedTask): void {
    const spans = this.read(key) ?? this.none(key);
    let isWider = false;
    for (const [at, one] of SPANNED.entries()) {
      const second = task[one];
      if (second === undefined) continue;
      const block = blockOf(level, second);
      const [first = block, last = block] = [spans[2 * at], spans[2 * at + 1]];
      isWider ||= spans[2 * at] === undefined || block < first || block > last;
      spans[2 * at] = Math.min(first, block);
      spans[2 * at + 1] = Math.max(last, block);
    }
    if (!isWider) return;
    const text = Array.from({ length: 2 * SPANNED.length }, (_, at) => spans[at]?.toString(36) ?? '').join();
    void this.spans.put(key, sealText(numberOfInt(key), text));
  }

  /** Nothing, where there is nothing yet: what stands there under another key for damage must not be begun anew. */
  private none(key: number): Spans {
    for (const reverse of [false, true])
      for (const { key: found, value } of this.spans.getRange({ start: key, reverse, limit: 1 }))
        if (openSealedText(numberOfInt(found), value) === undefined) throw damaged();
    return [];
  }

  /** Whether anything there may be what is wanted: where nothing is known, too. */
  private mayHave(key: number, level: number, wanted: readonly WantedSpan[]): boolean {
    const spans = this.read(key);
    if (spans === undefined) return true;
    return wanted.every(({ of, from, before }) => {
      const at = 2 * SPANNED.indexOf(of);
      const [first, last] = [spans[at], spans[at + 1]];
      if (first === undefined || last === undefined) return false;
      return last >= blockOf(level, from) && first <= blockOf(level, before - 1);
    });
  }

  private read(key: number): Spans | undefined {
    const sealed = this.spans.get(key);
    if (sealed === undefined) return undefined;
    const text = openSealedText(numberOfInt(key), sealed);
    if (text === undefined) throw damaged();
    return text.split(',').map((number) => (number === '' ? undefined : parseInt(number, 36)));
  }
}

function damaged(): DamagedStoreError {
  return new DamagedStoreError('a span of times is not what was written');
}

function blockOf(level: number, second: number): number {
  return Math.floor(second / (LEVELS_SECONDS[level] as number));
}

/** The key of what stands around a second: the block, then the level, then the order. */
function keyOf(order: SpannedOrder, level: number, second: number): number {
  const kinds = LEVELS_SECONDS.length * Object.keys(ORDERS).length;
  return blockOf(level, second) * kinds + level * Object.keys(ORDERS).length + ORDERS[order];
}

const KEYS = {
  writeKey: (key: number, target: Buffer, start: number): number => writeInt(target, start, key),
  readKey: (source: Buffer, start: number): number => readInt(source, start),
};

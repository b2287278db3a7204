import type { Database, DatabaseOptions } from 'lmdb';
import type { DerivedFolder } from '../derived-folder.js';
import { DamagedStoreError } from './damage.js';
import { PLACE_BYTES_MAX, readPlace, writePlace, type Place } from './place.js';
import { isBefore, mirrored, type PlaceBounds, type PlaceStream } from './place-stream.js';
import { isSealed, SEAL_BYTES } from './sealed.js';

/** A database of sealed keys that end with a place. Keys are written as they are made. */
export type PlaceIndex = Database<Buffer, Buffer>;

/** Nothing is read from the value of an entry. */
export const NO_VALUE = Buffer.alloc(0);

/** Finding a place again costs about as much as this many steps. */
const STEPS_PER_LEAP = 16;

/** Opens an index of places. */
export function openPlaceIndex(folder: DerivedFolder, name: string): PlaceIndex {
  return folder.openDatabase(name, { encoding: 'binary', keyEncoder: KEY_ENCODER } as DatabaseOptions);
}

/**
 * The places in an index under one prefix, newest first, or ascending where the bounds say so. Every key that it passes is checked, and so are two at either end of
 * the range, so that an entry that is damaged, or stands where it does not belong, can't keep others out of sight.
 */
export class PlaceRange implements PlaceStream {
  head: Place | undefined;
  /** The key that it stands at. */
  key: Buffer | undefined;
  private keys: Iterator<Buffer, undefined>;

  /** @throws DamagedStoreError as `next` and `seek` do, when the index is not what was written. */
  constructor(
    private readonly index: PlaceIndex,
    private readonly prefix: Buffer,
    private readonly bounds: PlaceBounds,
  ) {
    this.keys = this.read(bounds.from);
    this.next();
  }

  next(): void {
    const before = this.head;
    this.head = undefined;
    const key = this.keys.next().value;
    if (key === undefined) return;
    if (!isSealed(key)) throw damaged();
    const { prefix, bounds } = this;
    if (!startsWith(key, prefix)) return this.endBefore(key);
    const stored = readPlace(key, prefix.length);
    const place = bounds.ascending === true ? mirrored(stored) : stored;
    if (before !== undefined && !isBefore(before, place)) throw damaged();
    if (bounds.end !== undefined && !isBefore(place, bounds.end)) return this.endBefore(key);
    this.head = place;
    this.key = key;
  }

  seek(to: Place): number {
    for (let steps = 0; steps < STEPS_PER_LEAP; steps++) {
      if (this.head === undefined || !isBefore(this.head, to)) return steps;
      this.next();
    }
    if (this.head === undefined || !isBefore(this.head, to)) return STEPS_PER_LEAP;
    this.close();
    this.keys = this.read(to);
    this.next();
    return 2 * STEPS_PER_LEAP;
  }

  close(): void {
    this.keys.return?.();
  }

  /** Ends where a key stands that does not belong to it, if that stands in its place. */
  private endBefore(key: Buffer): void {
    const following = this.keys.next().value;
    this.close();
    const { prefix } = this;
    if (!startsWith(key, prefix) && !this.isBehind(key, prefix)) throw damaged();
    if (following !== undefined && (!isSealed(following) || !this.isBehind(following, key))) throw damaged();
  }

  /** Whether a key comes later than another in the direction of the list. */
  private isBehind(key: Buffer, other: Buffer): boolean {
    const order = key.compare(other);
    return this.bounds.ascending === true ? order > 0 : order < 0;
  }

  /** The keys from a place on, backwards, or forwards for an ascending list. */
  private read(from: Place | undefined): Iterator<Buffer, undefined> {
    const ascending = this.bounds.ascending === true;
    const start = ascending ? this.keyBefore(from) : this.keyBehind(from);
    let before = start;
    const others = ascending ? { start, end: undefined, reverse: true } : { start };
    for (const key of this.index.getKeys({ ...others, limit: 2 })) {
      if (!isSealed(key) || !this.isBehind(before, key)) throw damaged();
      before = key;
    }
    const options = ascending ? { start } : { start, end: undefined, reverse: true };
    const keys = this.index.getKeys(options)[Symbol.iterator]() as Iterator<Buffer, undefined>;
    const first = keys.next();
    if (first.value !== undefined && !this.isBehind(first.value, start)) throw damaged();
    return startingWith(first, keys);
  }

  /** A key before that of a mirrored place, or before all places, and behind that of every smaller place. */
  private keyBefore(place: Place | undefined): Buffer {
    const key = Buffer.alloc(this.prefix.length + PLACE_BYTES_MAX);
    let end = this.prefix.copy(key);
    if (place !== undefined) end = writePlace(key, end, mirrored(place));
    return key.subarray(0, end);
  }

  /** A key behind that of a place, or behind all places, and before that of every other place. */
  private keyBehind(place: Place | undefined): Buffer {
    const key = Buffer.alloc(this.prefix.length + PLACE_BYTES_MAX + SEAL_BYTES + 1, 0xff);
    let end = this.prefix.copy(key);
    if (place !== undefined) end = writePlace(key, end, place);
    key.fill(0xff, end);
    return key.subarray(0, end + SEAL_BYTES + 1);
  }
}

function startsWith(key: Buffer, prefix: Buffer): boolean {
  // They are short: this is faster than to ask whom nothing is inlined of.
  for (let at = 0; at < prefix.length; at++) if (key[at] !== prefix[at]) return false;
  return true;
}

function startingWith(
  first: IteratorResult<Buffer, undefined>,
  rest: Iterator<Buffer, undefined>,
): Iterator<Buffer, undefined> {
  let given = false;
  return {
    next() {
      if (given) return rest.next();
      given = true;
      return first;
    },
    return() {
      rest.return?.();
      return { done: true, value: undefined };
    },
  };
}

function damaged(): DamagedStoreError {
  return new DamagedStoreError('an index entry is not what was written');
}

const KEY_ENCODER = {
  writeKey(key: Buffer, target: Buffer, start: number): number {
    target.set(key, start);
    return start + key.length;
  },
  readKey(source: Buffer, start: number, end: number): Buffer {
    const key = Buffer.allocUnsafe(end - start);
    source.copy(key, 0, start, end);
    return key;
  },
};

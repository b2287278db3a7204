import type { Database, DatabaseOptions } from 'lmdb';
import type { LmdbFolder } from '../lmdb-folder.js';
import { PLACE_BYTES, readPlace, writePlace, type Place } from './place.js';
import { isBefore, type PlaceBounds, type PlaceStream } from './place-stream.js';

/** A database of keys that end with a place. Keys are written as they are made; of one that is read only the place is wanted. */
export type PlaceIndex = Database<Buffer, Buffer>;

/** LMDB wants a value; nothing is read from it. */
export const NO_VALUE = Buffer.from([0]);

/** Finding a place anew costs about as much as this many steps. */
const STEPS_PER_LEAP = 16;

/** Opens an index of places. */
export function openPlaceIndex(folder: LmdbFolder, name: string): PlaceIndex {
  return folder.openDatabase(name, { encoding: 'binary', keyEncoder: KEY_ENCODER } as DatabaseOptions);
}

/** The places in an index under one prefix. */
export class PlaceRange implements PlaceStream {
  head: Place | undefined;
  private places: Iterator<Place, undefined>;

  constructor(
    private readonly index: PlaceIndex,
    private readonly prefix: Buffer,
    private readonly bounds: PlaceBounds,
  ) {
    this.places = this.read(bounds.from);
    this.next();
  }

  next(): void {
    this.head = this.places.next().value;
  }

  leap(to: Place): number {
    for (let steps = 0; steps < STEPS_PER_LEAP; steps++) {
      if (this.head === undefined || !isBefore(this.head, to)) return steps;
      this.next();
    }
    if (this.head === undefined || !isBefore(this.head, to)) return STEPS_PER_LEAP;
    this.close();
    this.places = this.read(to);
    this.next();
    return 2 * STEPS_PER_LEAP;
  }

  close(): void {
    this.places.return?.();
  }

  private read(from: Place | undefined): Iterator<Place, undefined> {
    const start = from === undefined ? this.prefix : this.key(from);
    const end = this.bounds.end === undefined ? this.key() : this.key(this.bounds.end);
    return this.index.getKeys({ start, end })[Symbol.iterator]() as Iterator<unknown> as Iterator<
      Place,
      undefined
    >;
  }

  /** The key of a place, or one after all places. */
  private key(place?: Place): Buffer {
    const key = Buffer.alloc(this.prefix.length + PLACE_BYTES, 0xff);
    this.prefix.copy(key);
    if (place !== undefined) writePlace(key, this.prefix.length, place);
    return key;
  }
}

const KEY_ENCODER = {
  writeKey(key: Buffer, target: Buffer, start: number): number {
    target.set(key, start);
    return start + key.length;
  },
  readKey: (source: Buffer, _start: number, end: number): Place => readPlace(source, end),
};

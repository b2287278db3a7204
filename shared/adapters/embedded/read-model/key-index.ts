import { pathsOf } from '../../../ports/key-paths.js';
import type { LmdbFolder } from '../lmdb-folder.js';
import { PLACE_BYTES, writePlace, type Place } from './place.js';
import { NO_VALUE, openPlaceIndex, PlaceRange, type PlaceIndex } from './place-range.js';
import type { PlaceBounds, PlaceStream } from './place-stream.js';

const WHOLE_KEY = 0;
const KEY_PREFIX = 1;

/**
 * The tasks under each key, and under each prefix of a key that is a whole path (`crawl/`, `crawl/2025-03-12/`), in the
 * order of a list. A task never changes its key, so that all of it is written once.
 */
export class KeyIndex {
  private readonly index: PlaceIndex;

  constructor(folder: LmdbFolder) {
    this.index = openPlaceIndex(folder, 'keys');
  }

  /** Writes what leads to a new task. Waits for nothing: the caller's commit does. */
  add(key: string, place: Place): void {
    this.put(WHOLE_KEY, key, place);
    for (const path of pathsOf(key)) this.put(KEY_PREFIX, path, place);
  }

  /** The tasks with this key. */
  withKey(key: string, bounds: PlaceBounds): PlaceStream {
    return new PlaceRange(this.index, prefix(WHOLE_KEY, key), bounds);
  }

  /** The tasks with a key that begins with this one, which ends with `/`. */
  withPrefix(keyPrefix: string, bounds: PlaceBounds): PlaceStream {
    return new PlaceRange(this.index, prefix(KEY_PREFIX, keyPrefix), bounds);
  }

  private put(kind: number, text: string, place: Place): void {
    const key = prefix(kind, text, PLACE_BYTES);
    writePlace(key, key.length - PLACE_BYTES, place);
    void this.index.put(key, NO_VALUE);
  }
}

/** The length stands before the text, so that no text's entries lie among those of another. */
function prefix(kind: number, text: string, moreBytes = 0): Buffer {
  const textBytes = Buffer.byteLength(text);
  const bytes = Buffer.alloc(3 + textBytes + moreBytes);
  bytes.writeUInt8(kind, 0);
  bytes.writeUInt16BE(textBytes, 1);
  bytes.write(text, 3);
  return bytes;
}

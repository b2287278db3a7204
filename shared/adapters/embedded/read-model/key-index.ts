import { TASK_KEY_BYTES_MAX } from '../../../domain/limits.js';
import { pathsOf } from '../../../ports/key-paths.js';
import type { LmdbFolder } from '../lmdb-folder.js';
import { PLACE_BYTES, writePlace, type Place } from './place.js';
import { NO_VALUE, openPlaceIndex, PlaceRange, type PlaceIndex } from './place-range.js';
import type { PlaceBounds, PlaceStream } from './place-stream.js';

const WHOLE_KEY = 0;
const KEY_PREFIX = 1;

/** The kind and the length of the text. */
const HEAD_BYTES = 3;

/**
 * The tasks under each key, and under each prefix of a key that is a whole path (`crawl/`, `crawl/2025-03-12/`), in the
 * order of a list. A task never changes its key, so that all of it is written once.
 */
export class KeyIndex {
  private readonly index: PlaceIndex;
  private readonly scratch = Buffer.alloc(HEAD_BYTES + TASK_KEY_BYTES_MAX + PLACE_BYTES);

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
    return new PlaceRange(this.index, prefixOf(WHOLE_KEY, key), bounds);
  }

  /** The tasks with a key that begins with this one, which ends with `/`. */
  withPrefix(keyPrefix: string, bounds: PlaceBounds): PlaceStream {
    return new PlaceRange(this.index, prefixOf(KEY_PREFIX, keyPrefix), bounds);
  }

  private put(kind: number, text: string, place: Place): void {
    const end = writePlace(this.scratch, writePrefix(this.scratch, kind, text), place);
    void this.index.put(this.scratch.subarray(0, end), NO_VALUE);
  }
}

function prefixOf(kind: number, text: string): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + Buffer.byteLength(text));
  writePrefix(bytes, kind, text);
  return bytes;
}

/** The length stands before the text, so that no text's entries lie among those of another. Answers where it ends. */
function writePrefix(target: Buffer, kind: number, text: string): number {
  const textBytes = target.write(text, HEAD_BYTES);
  target.writeUInt8(kind, 0);
  target.writeUInt16BE(textBytes, 1);
  return HEAD_BYTES + textBytes;
}

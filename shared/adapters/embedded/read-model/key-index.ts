import { digest } from '../../../core/domain/digest.js';
import { TASK_KEY_BYTES_MAX } from '../../../core/domain/limits.js';
import { pathsOf } from '../../../core/ports/key-paths.js';
import type { DerivedFolder } from '../derived-folder.js';
import { NO_VALUE, openPlaceIndex, PlaceRange, type PlaceIndex } from './place-range.js';
import type { PlaceBounds, PlaceStream } from './place-stream.js';
import { PLACE_BYTES_MAX, writePlace, type Place } from './place.js';
import { SEAL_BYTES, sealKey } from './sealed.js';

const WHOLE_KEY = 0;
const KEY_PREFIX = 1;

/** The kind and the length of the text, or its digest. */
const HEAD_BYTES = 3;
const DIGEST_BYTES = 8;

/**
 * The tasks under each key, and under each prefix of a key that is a whole path (`crawl/`, `crawl/2025-03-12/`), in the
 * order of a list. A task never changes its key, so that all of it is written once.
 *
 * A whole key is hardly ever that of a second task, so that a digest of it does: who finds tasks by it has to look whether it
 * is their key.
 */
export class KeyIndex {
  private readonly index: PlaceIndex;
  private readonly scratch = Buffer.alloc(HEAD_BYTES + TASK_KEY_BYTES_MAX + PLACE_BYTES_MAX + SEAL_BYTES);

  constructor(folder: DerivedFolder) {
    this.index = openPlaceIndex(folder, 'keys');
  }

  /** Writes what leads to a new task. Belongs into a transaction. */
  add(key: string, place: Place): void {
    this.put(writeDigest(this.scratch, key), place);
    for (const path of pathsOf(key)) this.put(writePath(this.scratch, path), place);
  }

  /** The tasks with this key, and others whose keys have the same digest. */
  withKey(key: string, bounds: PlaceBounds): PlaceStream {
    const prefix = Buffer.alloc(HEAD_BYTES + DIGEST_BYTES);
    return new PlaceRange(this.index, prefix.subarray(0, writeDigest(prefix, key)), bounds);
  }

  /** The tasks with a key that begins with this one, which ends with `/`. */
  withPrefix(keyPrefix: string, bounds: PlaceBounds): PlaceStream {
    const prefix = Buffer.alloc(HEAD_BYTES + Buffer.byteLength(keyPrefix));
    writePath(prefix, keyPrefix);
    return new PlaceRange(this.index, prefix, bounds);
  }

  private put(prefixEnd: number, place: Place): void {
    const { scratch } = this;
    const end = writePlace(scratch, prefixEnd, place);
    void this.index.put(scratch.subarray(0, sealKey(scratch, end)), NO_VALUE);
  }
}

/** Answers where the digest ends. */
function writeDigest(target: Buffer, key: string): number {
  const [one, other] = digest(key);
  return target.writeUInt32BE(other, target.writeUInt32BE(one, target.writeUInt8(WHOLE_KEY, 0)));
}

/** The length stands before the text, so that no text's entries lie among those of another. Answers where it ends. */
function writePath(target: Buffer, path: string): number {
  const bytes = target.write(path, HEAD_BYTES);
  target.writeUInt8(KEY_PREFIX, 0);
  target.writeUInt16BE(bytes, 1);
  return HEAD_BYTES + bytes;
}

import { digest } from '../../../core/domain/digest.js';
import type { DerivedFolder } from '../derived-folder.js';
import { MergedPlaces } from './merged-places.js';
import { NO_VALUE, openPlaceIndex, PlaceRange, type PlaceIndex } from './place-range.js';
import type { PlaceBounds, PlaceStream } from './place-stream.js';
import { PLACE_BYTES_MAX, writePlace, type Place } from './place.js';
import { SEAL_BYTES, sealKey } from './sealed.js';

const DIGEST_BYTES = 8;
const PREFIX_BYTES = 1 + DIGEST_BYTES;

/** A text, and what kind of text it is: the first byte of its entries, which is stored. */
export type KindOfText = readonly [kind: number, text: string];

/**
 * The tasks by texts of several kinds, in the order of a list.
 *
 * A digest stands for the text, and an entry of a task that was damaged can stay behind: who finds tasks by it has to look
 * whether they have the text.
 */
export class DigestIndex {
  private readonly index: PlaceIndex;
  private readonly scratch = Buffer.alloc(PREFIX_BYTES + PLACE_BYTES_MAX + SEAL_BYTES);

  constructor(folder: DerivedFolder, name: string) {
    this.index = openPlaceIndex(folder, name);
  }

  /** Writes what leads to a task. Belongs into a transaction, as `remove` does. */
  put(text: KindOfText, place: Place): void {
    void this.index.put(this.key(text, place), NO_VALUE);
  }

  remove(text: KindOfText, place: Place): void {
    void this.index.remove(this.key(text, place));
  }

  /** The tasks that may have one of these texts, newest first. */
  places(texts: readonly KindOfText[], bounds: PlaceBounds): PlaceStream {
    // Two of the same digest lead to the same places.
    const prefixes = new Map(
      texts.map((text) => {
        const prefix = Buffer.alloc(PREFIX_BYTES);
        writePrefix(prefix, text);
        return [prefix.toString('latin1'), prefix];
      }),
    );
    const ranges = [...prefixes.values()].map((prefix) => new PlaceRange(this.index, prefix, bounds));
    return ranges.length === 1 ? (ranges[0] as PlaceRange) : new MergedPlaces(ranges);
  }

  private key(text: KindOfText, place: Place): Buffer {
    const { scratch } = this;
    const end = writePlace(scratch, writePrefix(scratch, text), place);
    return scratch.subarray(0, sealKey(scratch, end));
  }
}

/** Answers where the next byte goes. */
function writePrefix(target: Buffer, [kind, text]: KindOfText): number {
  const [one, other] = digest(text);
  return target.writeUInt32BE(other, target.writeUInt32BE(one, target.writeUInt8(kind, 0)));
}

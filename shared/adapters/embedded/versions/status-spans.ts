import { coverOf, nodesAround, type UnitNode } from '../../../core/ports/version-units.js';
import type { DerivedFolder } from '../derived-folder.js';
import { DamagedStoreError } from '../read-model/damage.js';
import { INT_BYTES_MAX, writeInt } from '../read-model/ints.js';
import { NO_VALUE, openPlaceIndex, PlaceRange, type PlaceIndex } from '../read-model/place-range.js';
import type { PlaceBounds, PlaceStream } from '../read-model/place-stream.js';
import { PLACE_BYTES_MAX, writePlace, type Place } from '../read-model/place.js';
import { isSealed, SEAL_BYTES, sealKey } from '../read-model/sealed.js';

const PREFIX_BYTES_MAX = 2 + INT_BYTES_MAX;
/** The level of what goes on still: above every level that there can be. */
const OPEN_LEVEL = 0xff;
const OPEN: UnitNode = { level: OPEN_LEVEL, index: 0 };

/**
 * Which tasks were pending or running in which units of events, in the order of a list. A span of several units has one entry for
 * each node of its cover, so that what was so in a unit is found at the few nodes that this lies in, and nothing else. What
 * goes on still is apart, with where it began.
 *
 * Within a unit it may have ended, or not have begun: who finds a task has to look at its version.
 */
export class StatusSpans {
  private readonly index: PlaceIndex;
  private readonly scratch = Buffer.alloc(PREFIX_BYTES_MAX + PLACE_BYTES_MAX + SEAL_BYTES);

  constructor(folder: DerivedFolder) {
    this.index = openPlaceIndex(folder, 'status-spans');
  }

  /** The tasks that may have been in a status at some place in a unit: each stream has its own, and others may have them too. */
  places(status: number, unit: number, newest: number, bounds: PlaceBounds): PlaceStream[] {
    return [OPEN, ...nodesAround(unit, newest)].map((node) => {
      const prefix = Buffer.alloc(PREFIX_BYTES_MAX);
      return new PlaceRange(this.index, prefix.subarray(0, writePrefix(prefix, status, node)), bounds);
    });
  }

  /** Since which position a task is in a status; `undefined` where that has been closed. */
  since(status: number, place: Place): string | undefined {
    const value = this.index.get(this.key(status, OPEN, place));
    if (value === undefined) return undefined;
    const sealed = Buffer.from(value);
    if (!isSealed(sealed))
      throw new DamagedStoreError('since when a task is in a status is not what was written');
    return sealed.toString('latin1', 0, sealed.length - SEAL_BYTES);
  }

  /** Belongs into a transaction, as all that follows does. */
  putOpen(status: number, place: Place, since: string): void {
    const value = Buffer.alloc(since.length + SEAL_BYTES);
    sealKey(value, value.write(since, 'latin1'));
    void this.index.put(this.key(status, OPEN, place), value);
  }

  removeOpen(status: number, place: Place): void {
    void this.index.remove(this.key(status, OPEN, place));
  }

  /** Writes that a task was in a status from one unit to another, both included. */
  putClosed(status: number, place: Place, first: number, last: number): void {
    for (const node of coverOf(first, last)) void this.index.put(this.key(status, node, place), NO_VALUE);
  }

  /** Takes some of what lies before a unit away, of one status and level. Answers how much. */
  removeBefore(status: number, level: number, unit: number, limit: number): number {
    const [start, end] = [0, Math.floor(unit / 2 ** level)].map((index) => {
      const prefix = Buffer.alloc(PREFIX_BYTES_MAX);
      return prefix.subarray(0, writePrefix(prefix, status, { level, index }));
    });
    const keys = [...this.index.getKeys({ start, end, limit })];
    for (const key of keys) void this.index.remove(key);
    return keys.length;
  }

  clear(): void {
    this.index.clearSync();
  }

  private key(status: number, node: UnitNode, place: Place): Buffer {
    const { scratch } = this;
    const end = writePlace(scratch, writePrefix(scratch, status, node), place);
    return scratch.subarray(0, sealKey(scratch, end));
  }
}

/** Answers where the next byte goes. */
function writePrefix(target: Buffer, status: number, { level, index }: UnitNode): number {
  return writeInt(target, target.writeUInt8(level, target.writeUInt8(status, 0)), index);
}

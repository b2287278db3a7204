import { withEvent, type OpenUnit, type UnitStart } from '../../../core/ports/version-units.js';
import { RecentCache } from '../../../kit/recent-cache.js';
import type { DerivedFolder } from '../derived-folder.js';
import { DamagedStoreError } from '../read-model/damage.js';
import { SealedValues } from '../read-model/sealed-values.js';

const OPEN = 'open';
const KEPT = 'kept';
const UNIT_DIGITS = 13;
/** About a megabyte. */
const KNOWN_MAX = 5_000;

/** From which unit on versions are kept, and whether all that is older is gone already. */
export interface KeptFrom extends UnitStart {
  swept: boolean;
}

/** Where each unit of events begins. Everything here throws DamagedStoreError when what is read is not what was written. */
export class UnitTable {
  private readonly starts: SealedValues<UnitStart>;
  /** Where a unit begins never changes. */
  private known = new RecentCache<number, UnitStart>(KNOWN_MAX);
  private readonly states: SealedValues<OpenUnit | KeptFrom>;

  constructor(folder: DerivedFolder) {
    this.starts = new SealedValues(folder, 'units');
    this.states = new SealedValues(folder, 'unitStates');
  }

  /** The newest unit. */
  open(): OpenUnit | undefined {
    return this.states.get(OPEN) as OpenUnit | undefined;
  }

  kept(): KeptFrom | undefined {
    return this.states.get(KEPT) as KeptFrom | undefined;
  }

  /** Where a unit begins. */
  start(unit: number): UnitStart {
    const known = this.known.get(unit);
    if (known !== undefined) return known;
    const start = this.starts.get(keyOf(unit));
    if (start === undefined) throw new DamagedStoreError(`unit ${unit} of the versions is gone`);
    this.known.set(unit, start);
    return start;
  }

  /**
   * The last unit that a condition holds for, which then holds for all before it; looked for among those that are kept.
   *
   * @param open The newest one, where that is at hand.
   */
  last(holds: (start: UnitStart) => boolean, open = this.open()): UnitStart | undefined {
    if (open === undefined) return undefined;
    if (holds(open)) return open;
    const first = this.kept()?.unit ?? 0;
    let [low, high] = [first, open.unit];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (holds(this.start(middle))) low = middle + 1;
      else high = middle;
    }
    return low === first ? undefined : this.start(low - 1);
  }

  /** The unit in which a position is; the first one that is kept for what is before it. */
  unitOf(position: string, open = this.open()): number {
    return this.last((start) => start.position <= position, open)?.unit ?? this.kept()?.unit ?? 0;
  }

  /** Belongs into a transaction, as the following do. */
  putOpen(open: OpenUnit): void {
    this.states.put(OPEN, open);
  }

  /** Counts one more event. Answers the newest unit then. */
  count(open: OpenUnit | undefined, position: string, recordedAt: string): OpenUnit {
    const counted = withEvent(open, position, recordedAt);
    if (counted.unit !== open?.unit) {
      const { unit, at } = counted;
      this.starts.put(keyOf(unit), { unit, position: counted.position, at });
    }
    return counted;
  }

  putKept(kept: KeptFrom): void {
    this.states.put(KEPT, kept);
  }

  /** Takes some of the units before one away. Answers how many. */
  removeBefore(unit: number, limit: number): number {
    const keys = [...this.starts.keys({ start: keyOf(0), end: keyOf(unit), limit })];
    for (const key of keys) this.starts.remove(key);
    return keys.length;
  }

  clear(): void {
    this.known = new RecentCache(KNOWN_MAX);
    this.starts.clear();
    this.states.clear();
  }
}

function keyOf(unit: number): string {
  return String(unit).padStart(UNIT_DIGITS, '0');
}

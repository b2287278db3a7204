/** What happened to a file or to the folder, in one piece. */
export type DiskEffect =
  | { kind: 'write'; inode: number; at: number; bytes: Buffer }
  | { kind: 'truncate'; inode: number; size: number }
  /** Names that come or go together, as in a rename; `undefined` for one that goes. */
  | { kind: 'names'; names: readonly (readonly [name: string, inode: number | undefined])[] };

/** An effect in the order in which the programs that use the disk caused it. */
export interface RecordedEffect {
  effect: DiskEffect;
  /** The moment in which it began. */
  begun: number;
  /** The moment from which on it is on the medium for sure; `undefined` when nobody waited for that. */
  durable: number | undefined;
  /** Whether the system has said that it failed: what is in memory counts as clean from then on, and no sync writes it. */
  failed?: boolean;
}

/** Everything that happened to a disk. Moments are counted from 0. */
export class DiskRecord {
  readonly effects: RecordedEffect[] = [];
  #moment = 0;

  /** The moment that has come. */
  get moment(): number {
    return this.#moment;
  }

  begin(effect: DiskEffect): RecordedEffect {
    const recorded = { effect, begun: ++this.#moment, durable: undefined };
    this.effects.push(recorded);
    return recorded;
  }

  /** Says that some effects are on the medium from now on. */
  settle(effects: Iterable<RecordedEffect>): void {
    const moment = ++this.#moment;
    for (const recorded of effects) if (recorded.failed !== true) recorded.durable ??= moment;
  }
}

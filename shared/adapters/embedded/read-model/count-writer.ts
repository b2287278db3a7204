import { setImmediate as nextTurn } from 'node:timers/promises';
import { CountsCache, type CountScope } from '../../../core/domain/counts-cache.js';
import type { CountChange } from '../../../core/domain/task-counts.js';
import type { ProjectionProgress } from '../../../core/ports/read-model.js';
import type { DerivedFolder } from '../derived-folder.js';
import type { CountTables } from './count-tables.js';
import type { ProjectionRecords, ReachedMark } from './projection-records.js';
import { WriteBehind } from './write-behind.js';

/** How many scopes are written in one transaction: a few milliseconds, during which nobody else is served. */
const SCOPES_PER_COMMIT = 16;
/** So many changed scopes are not exceeded: whoever brings more waits until these are written. */
const CHANGED_MAX = 1_000;

/**
 * The counts as they are shown, and how they come into the tables: some at a time, and then the checkpoint. Each scope stands
 * with the position that it is counted up to, so that a crash in between is made good by giving the same events again.
 */
export class CountWriter {
  private readonly buffered = new CountsCache();
  /** The scopes that are to be written, and the types whose sketches are. */
  private readonly changed = new Map<CountScope, Set<string>>();
  private readonly behind = new WriteBehind(() => this.writeAll());
  private readonly projections = new Set<string>();
  private park: ProjectionProgress | undefined;

  constructor(
    private readonly folder: DerivedFolder,
    private readonly tables: CountTables,
    private readonly records: ProjectionRecords,
  ) {}

  set onError(listener: (error: unknown) => void) {
    this.behind.onError = listener;
  }

  /** The scopes that are shown further than they are stored. */
  get changedScopes(): readonly CountScope[] {
    return [...this.changed.keys()];
  }

  /** What is counted of a scope, when it is buffered. */
  get(scope: CountScope): ReturnType<CountsCache['get']> {
    return this.buffered.get(scope);
  }

  /** Waits until there is room for more changed scopes. @throws When what is there can't be written. */
  async room(): Promise<void> {
    if (this.changed.size >= CHANGED_MAX) await this.behind.now();
  }

  /** Counts changes in the order of their events. @throws DamagedStoreError; nothing is counted then. */
  count(changes: readonly CountChange[], { projection, position }: ProjectionProgress['checkpoint']): void {
    const { buffered, changed } = this;
    for (const scope of buffered.missing(changes)) buffered.take(scope, this.tables.whole(scope));
    for (const { scope, timedTypes } of buffered.count(changes, position)) {
      const types = changed.get(scope);
      if (types === undefined) changed.set(scope, timedTypes);
      else for (const type of timedTypes) types.add(type);
    }
    this.projections.add(projection);
  }

  soon(): void {
    this.behind.soon();
  }

  /** Writes everything, with parked streams. @throws When it can't be written; then no parked stream is. */
  async writeNow(park?: ProjectionProgress): Promise<void> {
    this.park = park;
    try {
      await this.behind.now();
    } finally {
      this.park = undefined;
    }
  }

  /** Drops what is buffered: it is taken away from the tables. */
  forget(): void {
    this.buffered.letGo();
    this.changed.clear();
  }

  /** Waits for the transaction under way, and begins no other. */
  stop(): Promise<void> {
    return this.behind.stop();
  }

  private async writeAll(): Promise<void> {
    const { records, changed, park } = this;
    const marks = new Map<string, ReachedMark>();
    for (const projection of this.projections) {
      const mark = records.checkpoint(projection);
      if (mark !== undefined) marks.set(projection, mark);
    }
    if (park !== undefined) marks.set(park.checkpoint.projection, park.checkpoint);
    const scopes = [...changed.keys()];
    for (let at = 0; at < scopes.length; at += SCOPES_PER_COMMIT) {
      this.commit(scopes.slice(at, at + SCOPES_PER_COMMIT));
      await nextTurn();
    }
    this.folder.root.transactionSync(() => {
      if (park !== undefined) records.putParked(park);
      for (const [projection, mark] of marks) records.putCheckpoint('counts', projection, mark);
    });
    if (changed.size === 0) this.buffered.stored();
    else this.behind.soon();
  }

  private commit(scopes: readonly CountScope[]): void {
    this.folder.root.transactionSync(() => {
      this.records.putAhead('counts');
      for (const scope of scopes) {
        const counts = this.buffered.get(scope);
        if (counts !== undefined) this.tables.put(scope, counts, this.changed.get(scope) ?? []);
      }
    });
    for (const scope of scopes) this.changed.delete(scope);
  }
}

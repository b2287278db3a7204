import type { Database } from 'lmdb';
import { UnavailableError } from '../../../contracts/errors.js';
import {
  ALL_PROJECTS,
  CountsInHand,
  projectOf,
  scopeOf,
  type ChangedCounts,
  type CountScope,
} from '../../../domain/counts-in-hand.js';
import type { DurationSketch } from '../../../domain/duration-sketch.js';
import type {
  CountChange,
  StatusCounts,
  TaskCounts,
  TaskStats,
  TypeStats,
} from '../../../domain/task-counts.js';
import type { ParkedStream, ProjectionProgress } from '../../../ports/read-model.js';
import type { ProjectCounts, TaskCounters } from '../../../ports/task-counters.js';
import type { LmdbFolder } from '../lmdb-folder.js';
import type { ProjectionRecords } from './projection-records.js';

/** Counts of a scope without those by type, which a list of projects does not want. */
interface StoredCounts {
  position: string;
  byStatus: StatusCounts;
}

/** After every project's scope. */
const SCOPES_END = 'q';

/** The counts beside the documents in the read model's folder. What one `apply` writes is one transaction. */
export class EmbeddedTaskCounters implements TaskCounters {
  private readonly stored: Database<StoredCounts, CountScope>;
  private readonly types: Database<[string, TypeStats][], CountScope>;
  /** Apart from what is shown: they are far larger, and only wanted for counting on. */
  private readonly sketches: Database<DurationSketch, [CountScope, string]>;
  private readonly inHand = new CountsInHand();
  private lastWrite: Promise<void> = Promise.resolve();

  /** @param checkOpen Throws when the folder is closed, or about to be. */
  constructor(
    private readonly folder: LmdbFolder,
    private readonly records: ProjectionRecords,
    private readonly checkOpen: () => void,
  ) {
    this.stored = folder.openDatabase('counts', { encoding: 'json' });
    this.types = folder.openDatabase('countsByType', { encoding: 'json' });
    this.sketches = folder.openDatabase('durations', { encoding: 'json' });
  }

  async apply(changes: readonly CountChange[], progress: ProjectionProgress): Promise<void> {
    this.checkOpen();
    // One after the other, since each goes on from what the one before it counted.
    const write = this.lastWrite.then(() => this.write(changes, progress));
    this.lastWrite = write.catch(() => undefined);
    return write;
  }

  async stats(projectId?: number): Promise<TaskStats | undefined> {
    this.checkOpen();
    const scope = projectId === undefined ? ALL_PROJECTS : scopeOf(projectId);
    const stored = this.stored.get(scope);
    return stored && { ...stored, byType: new Map(this.types.get(scope)) };
  }

  async projects(limit: number, afterProjectId?: number): Promise<ProjectCounts[]> {
    this.checkOpen();
    const start = afterProjectId === undefined ? ALL_PROJECTS : scopeOf(afterProjectId);
    const found = this.stored.getRange({ start, end: SCOPES_END, exclusiveStart: true, limit });
    return Array.from(found, ({ key, value }) => ({ projectId: projectOf(key), byStatus: value.byStatus }));
  }

  /** Whoever goes on after trouble does so from what is stored. */
  async checkpoint(projection: string): Promise<string | undefined> {
    this.checkOpen();
    this.inHand.letGo();
    return this.records.checkpoint(projection);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    this.checkOpen();
    return this.records.parked(projection);
  }

  /** Waits for the writes under way. */
  async written(): Promise<void> {
    await this.lastWrite;
  }

  private async write(changes: readonly CountChange[], progress: ProjectionProgress): Promise<void> {
    try {
      for (const scope of this.inHand.missing(changes)) this.inHand.take(scope, this.read(scope));
      const changed = this.inHand.count(changes, progress.checkpoint.position);
      await this.folder.root.batch(() => {
        for (const counts of changed) this.put(counts);
        this.records.put(progress);
      });
      this.inHand.stored();
    } catch (error) {
      this.inHand.letGo();
      throw new UnavailableError(`The counts can't be written: ${(error as Error).message}`, {
        cause: error,
      });
    } finally {
      // A read of this same turn may have found the state before the commit; the next one must not.
      this.folder.root.resetReadTxn();
    }
  }

  private put({ scope, counts, timedTypes }: ChangedCounts): void {
    const { position, byStatus, byType } = counts;
    void this.stored.put(scope, { position, byStatus });
    const shown = Array.from(
      byType,
      ([type, { byStatus, durations }]) => [type, { byStatus, durations }] as [string, TypeStats],
    );
    void this.types.put(scope, shown);
    for (const type of timedTypes) void this.sketches.put([scope, type], byType.get(type)?.sketch ?? {});
  }

  private read(scope: CountScope): TaskCounts | undefined {
    const stored = this.stored.get(scope);
    if (stored === undefined) return undefined;
    const types = this.types.get(scope) ?? [];
    const byType = types.map(([type, stats]) => {
      return [type, { ...stats, sketch: this.sketches.get([scope, type]) ?? {} }] as const;
    });
    return { ...stored, byType: new Map(byType) };
  }
}

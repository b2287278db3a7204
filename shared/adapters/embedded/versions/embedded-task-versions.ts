import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  COUNTED_TASKS_MAX,
  type LedgerMark,
  type ListCursor,
  type ParkedStream,
  type ProjectionProgress,
  type TaskCount,
  type TaskPage,
} from '../../../core/ports/read-model.js';
import type { ListFilter } from '../../../core/ports/task-filter.js';
import type {
  PastListRequest,
  TaskState,
  TaskVersions,
  VersionChange,
} from '../../../core/ports/task-versions.js';
import type { UnitStart } from '../../../core/ports/version-units.js';
import type { ReadModelFolder } from '../read-model/read-model-folder.js';
import type { ReadModelTables } from '../read-model/read-model-tables.js';
import type { FindVersion } from './past-lists.js';
import type { BegunSpans, Sweep } from './version-tables.js';

/** How many versions are written in one transaction: a few milliseconds, during which nobody else is served. */
const VERSIONS_PER_COMMIT = 200;
/** How many rows are looked at in one, to take away what is old. */
const ROWS_PER_SWEEP = 1_000;
/** How many tasks are counted before others get their turn. */
const COUNTED_PER_TURN = 500;

/** The versions beside the documents in the read model's folder. They are shown when they are written. */
export class EmbeddedTaskVersions implements TaskVersions {
  private lastWrite: Promise<void> = Promise.resolve();

  /** @param checkOpen Throws when the folder is closed, or about to be. */
  constructor(
    private readonly folder: ReadModelFolder,
    private readonly checkOpen: () => void,
  ) {}

  apply(changes: readonly VersionChange[], progress: ProjectionProgress): Promise<void> {
    return this.write(() => this.take(changes, progress));
  }

  keepFrom(day: string): Promise<void> {
    return this.write(() => this.removeBefore(day));
  }

  async keptFrom(): Promise<UnitStart | undefined> {
    this.checkOpen();
    const kept = this.folder.readCounted('versions', ({ versions }) => versions.units.kept());
    return kept && { unit: kept.unit, position: kept.position, at: kept.at };
  }

  async unitAt(time: string): Promise<UnitStart | undefined> {
    this.checkOpen();
    return this.folder.readCounted('versions', ({ versions }) => {
      const start = versions.units.last(({ at }) => at <= time);
      return start && { unit: start.unit, position: start.position, at: start.at };
    });
  }

  async statesAt(taskIds: readonly number[], position: string): Promise<Map<number, TaskState>> {
    this.checkOpen();
    return this.folder.readCounted('versions', ({ versions, pastLists }) => {
      const states = new Map<number, TaskState>();
      for (const taskId of taskIds) {
        const version = versions.rows.at(taskId, position);
        if (version !== undefined) states.set(taskId, pastLists.state(version));
      }
      return states;
    });
  }

  async list(position: string, request: PastListRequest): Promise<TaskPage> {
    this.checkOpen();
    return this.read(position, ({ pastLists }, find) => pastLists.page(position, request, find));
  }

  async count(position: string, filter: ListFilter): Promise<TaskCount> {
    let count = 0;
    let cursor: ListCursor | undefined;
    for (;;) {
      this.checkOpen();
      const limit = Math.min(COUNTED_PER_TURN, COUNTED_TASKS_MAX - count);
      const { shown, next } = this.read(position, ({ pastLists }, find) =>
        pastLists.walk(position, { filter, limit, cursor }, find),
      );
      count += shown.length;
      if (next === undefined) return { count, exact: true };
      // Where it has stopped short it would go on for long.
      if (shown.length < limit || count === COUNTED_TASKS_MAX) return { count, exact: false };
      cursor = next;
      await nextTurn();
    }
  }

  async checkpoint(projection: string): Promise<string | undefined> {
    this.checkOpen();
    await this.folder.begin('versions');
    return this.folder.readCounted('versions', ({ records }) => records.checkpoint(projection)?.position);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    this.checkOpen();
    return this.folder.readCounted('versions', ({ records }) => records.parked(projection));
  }

  async madeFrom(projection: string): Promise<readonly LedgerMark[]> {
    this.checkOpen();
    return this.folder.onRecord((records) => records.madeFrom('versions', projection));
  }

  async reset(): Promise<void> {
    this.checkOpen();
    await this.folder.whole();
    this.folder.resetCounted('versions');
  }

  /** Waits until everything that was handed over is written. */
  async applied(): Promise<void> {
    await this.lastWrite;
  }

  whenLost(listener: (reason: string) => void): () => void {
    return this.folder.sides.versions.whenLost(listener);
  }

  /** Reads of both the versions and the lists: which of them is damaged, when one is, is told by where that is found. */
  private read<Result>(
    position: string,
    work: (tables: ReadModelTables, find: FindVersion) => Result,
  ): Result {
    this.folder.sides.versions.check();
    const find: FindVersion = (taskId) =>
      this.folder.readCounted('versions', ({ versions }) => versions.rows.at(taskId, position));
    return this.folder.read((tables) => work(tables, find));
  }

  /** One after the other, since each goes on from what the one before it has written. */
  private async write(work: () => Promise<void>): Promise<void> {
    this.checkOpen();
    const write = this.lastWrite.then(() => this.folder.writing(work()));
    this.lastWrite = write.catch(() => undefined);
    return write;
  }

  private async take(changes: readonly VersionChange[], progress: ProjectionProgress): Promise<void> {
    const { checkpoint, park = [], unpark = [] } = progress;
    const { projection, position } = checkpoint;
    this.folder.readCounted('versions', ({ records }) => records.note('versions', checkpoint));
    const begun: BegunSpans = new Map();
    for (let at = 0; at < changes.length; at += VERSIONS_PER_COMMIT) {
      this.commit(({ versions, records }) => {
        records.putAhead('versions');
        versions.put(changes.slice(at, at + VERSIONS_PER_COMMIT), begun);
        versions.types.save();
      });
      this.folder.tables.versions.types.saved();
      await nextTurn();
    }
    if (begun.size > 0) this.commit(({ versions }) => versions.putBegun(begun));
    // The checkpoint never goes back, and is ahead of nothing.
    const reached = this.folder.readCounted('versions', ({ records }) => records.checkpoint(projection));
    this.commit(({ records }) => {
      if (park.length + unpark.length > 0) records.putParked(progress);
      if (reached === undefined || reached.position < position)
        records.putCheckpoint('versions', projection, checkpoint);
    });
    this.folder.readCounted('versions', ({ records }) => records.advance('versions', checkpoint));
  }

  private async removeBefore(day: string): Promise<void> {
    const { kept, from } = this.folder.readCounted('versions', ({ versions: { units } }) => ({
      kept: units.kept(),
      from: units.last(({ at }) => at < day),
    }));
    const later = from === undefined || (kept !== undefined && kept.unit >= from.unit) ? kept : from;
    if (later === undefined || (later === kept && kept.swept)) return;
    const { unit, position, at } = later;
    const start = { unit, position, at };
    // Nobody is told of what is older any more, before any of it is gone.
    this.commit(({ versions }) => versions.units.putKept({ ...start, swept: false }));
    const sweep: Sweep = { after: undefined };
    let hasMore = true;
    while (hasMore) {
      this.commit(({ versions }) => (hasMore = versions.sweep(start, sweep, ROWS_PER_SWEEP)));
      await nextTurn();
    }
    this.commit(({ versions }) => versions.units.putKept({ ...start, swept: true }));
  }

  private commit(write: (tables: ReadModelTables) => void): void {
    this.folder.readCounted('versions', (tables) => this.folder.transaction(() => write(tables)));
  }
}

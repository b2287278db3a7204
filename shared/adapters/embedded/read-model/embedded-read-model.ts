import { setImmediate as nextTurn } from 'node:timers/promises';
import { InvalidRequestError, UnavailableError } from '../../../core/contracts/errors.js';
import type { TaskInclude } from '../../../core/contracts/task-fields.js';
import { itemInTimes } from '../../../core/contracts/task-json.js';
import type { TimeForm } from '../../../core/contracts/time.js';
import type {
  LedgerMark,
  ListCursor,
  ParkedStream,
  ProjectionProgress,
  ProjectionTarget,
  ReadModel,
  TaskCount,
  TaskChange,
  TaskDocument,
  TaskPage,
} from '../../../core/ports/read-model.js';
import type { ListFilter } from '../../../core/ports/task-filter.js';
import { ORDER_DEFAULT, type ListOrder } from '../../../core/ports/list-order.js';
import { EmbeddedTaskVersions } from '../versions/embedded-task-versions.js';
import { EmbeddedTaskCounters } from './embedded-task-counters.js';
import { EmbeddedTaskSeries } from './embedded-task-series.js';
import { ReadModelFolder, type ReadModelFolderOptions } from './read-model-folder.js';
import { RevisionWaiters } from './revision-waiters.js';

/** A reader beside another process gets no signal of its commits. */
const POLL_DELAY_MS = 25;
const LIST_LIMIT_MAX = 1000;
/** How many changes are taken in before others get their turn. */
const CHANGES_PER_TURN = 500;

/**
 * The lists and details in an LMDB folder that is never synced. What `apply` was given is shown at once, and written a while
 * later: a process that is killed forgets what it has shown last, and the projector, which goes on from what is written,
 * brings it again.
 */
export class EmbeddedReadModel implements ReadModel, ProjectionTarget<TaskChange> {
  /** What is counted, in the same folder. */
  readonly counters: EmbeddedTaskCounters;
  /** When what happened, in the same folder. */
  readonly series: EmbeddedTaskSeries;
  /** What every task was when, in the same folder. */
  readonly versions: EmbeddedTaskVersions;
  private readonly waiters = new RevisionWaiters();
  private readonly poll: NodeJS.Timeout | undefined;
  private lastApply: Promise<void> = Promise.resolve();
  private closing: Promise<void> | undefined;

  private constructor(private readonly folder: ReadModelFolder) {
    this.counters = new EmbeddedTaskCounters(folder, () => this.checkOpen());
    this.series = new EmbeddedTaskSeries(folder, () => this.checkOpen());
    this.versions = new EmbeddedTaskVersions(folder, () => this.checkOpen());
    if (folder.readOnly) this.poll = setInterval(() => this.waiters.wakeAll(), POLL_DELAY_MS).unref();
  }

  /**
   * Opens the read model in a folder of its own, which is made when there is none. What can't be relied on is replaced by an
   * empty one, which the projections fill from the ledger.
   *
   * @throws InvalidSettingError as `DerivedFolder.open` does.
   */
  static async open(path: string, options?: ReadModelFolderOptions): Promise<EmbeddedReadModel> {
    return new EmbeddedReadModel(await ReadModelFolder.open(path, options));
  }

  async apply(
    changes: readonly TaskChange[],
    progress?: ProjectionProgress,
    ahead?: LedgerMark,
  ): Promise<void> {
    this.checkOpen();
    // One after the other: of two changes of one task the later must not come first, since it may carry less.
    const apply = this.lastApply.then(() => this.take(changes, progress, ahead));
    this.lastApply = apply.catch(() => undefined);
    return apply;
  }

  async get(taskId: number): Promise<TaskDocument | undefined> {
    this.checkOpen();
    return this.folder.read(({ documents }) => documents.get(taskId));
  }

  async itemsOf(taskIds: readonly number[], times?: TimeForm): Promise<string[]> {
    this.checkOpen();
    return this.folder.read(({ documents }) =>
      taskIds.flatMap((taskId) => {
        const document = documents.get(taskId);
        return document === undefined ? [] : itemInTimes(document.itemJson, document.extras, times);
      }),
    );
  }

  async list(
    filter: ListFilter,
    limit: number,
    cursor?: ListCursor,
    include: readonly TaskInclude[] = [],
    times?: TimeForm,
    order: ListOrder = ORDER_DEFAULT,
  ): Promise<TaskPage> {
    this.checkOpen();
    if (!Number.isInteger(limit) || limit < 1 || limit > LIST_LIMIT_MAX) {
      throw new InvalidRequestError(`limit must be an int from 1 to ${LIST_LIMIT_MAX}`);
    }
    return this.folder.read(({ lists }) => lists.page({ filter, limit, cursor, include, times, order }));
  }

  async count(filter: ListFilter): Promise<TaskCount> {
    this.checkOpen();
    return this.folder.read(({ lists }) => lists.count(filter));
  }

  async waitForRevision(taskId: number, revision: number, signal: AbortSignal): Promise<boolean> {
    this.checkOpen();
    const arrived = (): boolean => {
      if (this.folder.read(({ documents }) => documents.revision(taskId)) >= revision) return true;
      this.checkOpen();
      return false;
    };
    return this.waiters.wait(taskId, arrived, signal);
  }

  async checkpoint(projection: string): Promise<string | undefined> {
    this.checkOpen();
    await this.folder.begin('tasks');
    return this.folder.read(({ records }) => records.checkpoint(projection)?.position);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    this.checkOpen();
    return this.folder.read(({ records }) => records.parked(projection));
  }

  async madeFrom(projection: string): Promise<readonly LedgerMark[]> {
    this.checkOpen();
    return this.folder.onRecord((records) => records.madeFrom('tasks', projection));
  }

  /** Takes everything away, the counts and the series too: they are from the same ledger. */
  async reset(): Promise<void> {
    this.checkOpen();
    await this.folder.replace('it was made from another ledger');
  }

  whenLost(listener: (reason: string) => void): () => void {
    return this.folder.sides.tasks.whenLost(listener);
  }

  close(): Promise<void> {
    return (this.closing ??= this.letGo());
  }

  /** Checks everything before it takes anything, since a part of a call must not be shown. */
  private async take(
    changes: readonly TaskChange[],
    progress: ProjectionProgress | undefined,
    ahead: LedgerMark | undefined,
  ): Promise<void> {
    this.folder.checkChanges(changes);
    await this.folder.tables.writer.room().catch((cause: unknown) => {
      throw new UnavailableError(`The read model can't be written: ${(cause as Error).message}`, { cause });
    });
    for (let at = 0; at < changes.length; at += CHANGES_PER_TURN) {
      if (at > 0) await nextTurn();
      const some = changes.slice(at, at + CHANGES_PER_TURN);
      for (const taskId of this.folder.read(({ documents }) => documents.take(some)))
        this.waiters.wake(taskId);
    }
    await this.folder.advance(progress, ahead);
  }

  private async letGo(): Promise<void> {
    clearInterval(this.poll);
    await Promise.all([
      this.lastApply,
      this.counters.applied(),
      this.series.applied(),
      this.versions.applied(),
    ]);
    await this.folder.close(() => this.waiters.wakeAll());
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw new UnavailableError('The read model is closed');
  }
}

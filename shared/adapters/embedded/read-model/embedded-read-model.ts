import { InvalidRequestError, UnavailableError } from '../../../contracts/errors.js';
import type { TaskInclude } from '../../../contracts/task-json.js';
import type {
  ListCursor,
  ParkedStream,
  ProjectionProgress,
  ReadModel,
  TaskChange,
  TaskDocument,
  TaskFilter,
  TaskPage,
} from '../../../ports/read-model.js';
import { openLmdbFolder, type LmdbFolder, type LmdbFolderOptions } from '../lmdb-folder.js';
import { EmbeddedTaskCounters } from './embedded-task-counters.js';
import { PageCache } from './page-cache.js';
import { secondNumber, secondText, type Place } from './place.js';
import { ProjectionRecords } from './projection-records.js';
import { RevisionWaiters } from './revision-waiters.js';
import { TaskCache } from './task-cache.js';
import { TaskStore } from './task-store.js';

const FORMAT = { format: 'taskledger-read-model', version: 2 };
/** Twice as many at most, about 5 MB. */
const CACHED_ITEMS_MAX = 10_000;
/** Twice as many at most, of which none is larger than the next number: about 32 MB. */
const CACHED_DOCUMENTS_MAX = 1_000;
const CACHED_DOCUMENT_CHARACTERS_MAX = 16 * 1024;
/** A reader beside another process gets no signal of its commits. */
const POLL_DELAY_MS = 25;
const LIST_LIMIT_MAX = 1000;

/**
 * The lists and details in an LMDB folder. What one `apply` writes is one transaction, on disk when it answers, so that a
 * crash at any moment leaves whole transactions and no checkpoint without its documents.
 */
export class EmbeddedReadModel implements ReadModel {
  /** What is counted, in the same folder. */
  readonly counters: EmbeddedTaskCounters;
  private readonly tasks: TaskStore;
  private readonly records: ProjectionRecords;
  /** Only the process that writes knows when an item changes. */
  private readonly items: TaskCache<string> | undefined;
  private readonly documents: TaskCache<TaskDocument> | undefined;
  private readonly pages: PageCache | undefined;
  private readonly waiters = new RevisionWaiters();
  private readonly poll: NodeJS.Timeout | undefined;
  private lastWrite: Promise<void> = Promise.resolve();
  private closing: Promise<void> | undefined;

  private constructor(private readonly folder: LmdbFolder) {
    this.tasks = new TaskStore(folder);
    this.records = new ProjectionRecords(folder);
    this.counters = new EmbeddedTaskCounters(folder, this.records, () => this.checkOpen());
    if (folder.readOnly) {
      this.poll = setInterval(() => this.waiters.wakeAll(), POLL_DELAY_MS).unref();
    } else {
      this.items = new TaskCache(CACHED_ITEMS_MAX);
      this.documents = new TaskCache(CACHED_DOCUMENTS_MAX);
      this.pages = new PageCache();
    }
  }

  /**
   * Opens the read model in a folder of its own, which is made when there is none. With `replacesOlder` one that an older
   * version has written is replaced by an empty one, which the projections fill from the ledger.
   *
   * @throws InvalidSettingError and CorruptStoreError as `openLmdbFolder` does.
   */
  static async open(path: string, options?: LmdbFolderOptions): Promise<EmbeddedReadModel> {
    return new EmbeddedReadModel(await openLmdbFolder(path, FORMAT, options));
  }

  async apply(changes: readonly TaskChange[], progress?: ProjectionProgress): Promise<void> {
    this.checkOpen();
    // One after the other, since each has to read what the one before it wrote.
    const write = this.lastWrite.then(() => this.write(changes, progress));
    this.lastWrite = write.catch(() => undefined);
    return write;
  }

  async get(taskId: number): Promise<TaskDocument | undefined> {
    this.checkOpen();
    const cached = this.documents?.get(taskId);
    if (cached !== undefined) return cached;
    const document = this.tasks.document(taskId);
    if (document !== undefined && isSmall(document)) this.documents?.keep(taskId, document);
    return document;
  }

  async itemsOf(taskIds: readonly number[]): Promise<string[]> {
    const documents = await Promise.all(taskIds.map((taskId) => this.get(taskId)));
    return documents.flatMap((document) => document?.itemJson ?? []);
  }

  async list(
    filter: TaskFilter,
    limit: number,
    cursor?: ListCursor,
    include: readonly TaskInclude[] = [],
  ): Promise<TaskPage> {
    this.checkOpen();
    if (!Number.isInteger(limit) || limit < 1 || limit > LIST_LIMIT_MAX) {
      throw new InvalidRequestError(`limit must be an int from 1 to ${LIST_LIMIT_MAX}`);
    }
    if (this.pages === undefined) return this.page(filter, limit, cursor, include);
    const key = PageCache.key(filter, limit, cursor, include);
    return this.pages.get(key) ?? this.pages.keep(key, this.page(filter, limit, cursor, include));
  }

  async waitForRevision(taskId: number, revision: number, signal: AbortSignal): Promise<boolean> {
    this.checkOpen();
    const arrived = (): boolean => {
      if (this.tasks.revision(taskId) >= revision) return true;
      this.checkOpen();
      return false;
    };
    return this.waiters.wait(taskId, arrived, signal);
  }

  async checkpoint(projection: string): Promise<string | undefined> {
    this.checkOpen();
    return this.records.checkpoint(projection);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    this.checkOpen();
    return this.records.parked(projection);
  }

  close(): Promise<void> {
    return (this.closing ??= this.letGo());
  }

  private page(
    filter: TaskFilter,
    limit: number,
    cursor: ListCursor | undefined,
    include: readonly TaskInclude[],
  ): TaskPage {
    const after = cursor && { second: secondNumber(cursor.createdSecond), taskId: cursor.taskId };
    const places = this.tasks.places.find(filter, after);
    const shown: Place[] = [];
    for (; places.head !== undefined && shown.length < limit; places.next()) shown.push(places.head);
    const last = places.head === undefined ? places.stoppedAt : shown.at(-1);
    places.close();
    const items = shown.map(({ taskId }) =>
      include.length === 0 ? this.item(taskId) : this.tasks.itemWith(taskId, include),
    );
    if (last === undefined) return { items };
    return { items, next: { createdSecond: secondText(last.second), taskId: last.taskId } };
  }

  private async letGo(): Promise<void> {
    clearInterval(this.poll);
    await Promise.all([this.lastWrite, this.counters.written()]);
    this.waiters.wakeAll();
    await this.folder.close();
  }

  /** Checks everything before it puts anything, since LMDB keeps what was put before an error. */
  private async write(
    changes: readonly TaskChange[],
    progress: ProjectionProgress | undefined,
  ): Promise<void> {
    const steps = this.tasks.plan(changes);
    const taskIds = new Set(steps.map(({ after }) => after.taskId));
    this.items?.writing(taskIds);
    this.documents?.writing(taskIds);
    this.pages?.writing();
    try {
      await this.folder.root.batch(() => {
        for (const step of steps) this.tasks.put(step);
        this.tasks.saveTypes();
        if (progress !== undefined) this.records.put(progress);
      });
    } catch (error) {
      this.tasks.reloadTypes();
      throw new UnavailableError(`The read model can't be written: ${(error as Error).message}`, {
        cause: error,
      });
    } finally {
      // A read of this same turn may have found the state before the commit; the next one must not.
      this.folder.root.resetReadTxn();
      this.items?.written();
      this.documents?.written();
      this.pages?.written();
    }
    for (const { after } of steps) this.waiters.wake(after.taskId);
  }

  private item(taskId: number): string {
    const cached = this.items?.get(taskId);
    if (cached !== undefined) return cached;
    const item = this.tasks.item(taskId);
    this.items?.keep(taskId, item);
    return item;
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw new UnavailableError('The read model is closed');
  }
}

function isSmall({ paramsJson, resultJson, errorMessageJson }: TaskDocument): boolean {
  return paramsJson.length + resultJson.length + errorMessageJson.length <= CACHED_DOCUMENT_CHARACTERS_MAX;
}

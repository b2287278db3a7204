import type { Collection, Db } from 'mongodb';
import { UnavailableError } from '../../core/contracts/errors.js';
import type { TaskInclude } from '../../core/contracts/task-fields.js';
import { itemInTimes } from '../../core/contracts/task-json.js';
import type { TimeForm } from '../../core/contracts/time.js';
import type {
  LedgerMark,
  ListCursor,
  ParkedStream,
  ProjectionProgress,
  ProjectionTarget,
  TaskCount,
  TaskChange,
  TaskDocument,
  TaskPage,
} from '../../core/ports/read-model.js';
import type { ListFilter } from '../../core/ports/task-filter.js';
import type { ListOrder } from '../../core/ports/list-order.js';
import { SharedLook } from '../../kit/shared-look.js';
import { CountsCopy } from './counts-copy.js';
import { DataGoneError } from './data-gone-error.js';
import type { MongoDbConnection } from './mongodb-connection.js';
import { ProjectionRecords, type ReachedMark } from './projection-records.js';
import type { CopySide } from './serving-pointer.js';
import { SeriesCopy } from './series-copy.js';
import { checkChange, storedId, taskDocument, type StoredTask } from './task-document.js';
import { TASK_INDEXES } from './task-indexes.js';
import { countTasks, listTasks } from './task-lists.js';
import { TaskWriter } from './task-writer.js';
import { VersionsCopy } from './versions/versions-copy.js';

// The fifth form has indexes by the first start, and by when tasks are due with status and type; another form has other
// collections, which are filled from the ledger.
const COLLECTION = /^(?:tasks|counts|series|versions|units|checkpoints|parked)_v5_(\d+)$/;
const FORMER_COLLECTION = /^(?:tasks|counts|series|checkpoints|parked)_(?:v[2-4]_)?\d+$/;

/** Which copy a collection belongs to; `undefined` for other collections. */
export function copyOfCollection(name: string): number | undefined {
  const number = COLLECTION.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Whether a collection belongs to a copy of a form that this version neither reads nor writes. */
export function isOfFormerForm(name: string): boolean {
  return FORMER_COLLECTION.test(name);
}

/**
 * One copy of the lists, details, counts, series and versions, in seven collections of its own, and all that this process remembers of
 * them: that is forgotten with the copy.
 */
export class MongoDbCopy implements ProjectionTarget<TaskChange> {
  readonly counters: CountsCopy;
  readonly series: SeriesCopy;
  readonly versions: VersionsCopy;
  /** What of it was begun with nothing and has not come to the ledger's end, as it was last heard. */
  building: Partial<Record<CopySide, boolean>> = {};
  /** What of it this process has brought to the ledger's end. */
  readonly finished = new Set<CopySide>();
  /** Why it is not what was written, once that is known. */
  lost: string | undefined;
  /** Told when a write finds that. */
  onLost: (reason: string) => void = (reason) => (this.lost ??= reason);
  private readonly tasksName: string;
  private readonly countsName: string;
  private readonly seriesName: string;
  private readonly versionsName: string;
  private readonly writer: TaskWriter;
  private readonly records: ProjectionRecords;
  private readonly checks: SharedLook<void>;
  /** What the engine calls the collections, each time that they are made. */
  private readonly collectionIds = new Map<string, string>();
  private indexed: Promise<void> | undefined;

  /** @param id As `Pointer.id`. */
  constructor(
    private readonly connection: MongoDbConnection,
    readonly number: number,
    readonly id: string | undefined,
  ) {
    this.tasksName = `tasks_v5_${number}`;
    this.countsName = `counts_v5_${number}`;
    this.seriesName = `series_v5_${number}`;
    this.versionsName = `versions_v5_${number}`;
    this.writer = new TaskWriter(connection, this.tasksName);
    this.records = new ProjectionRecords(connection, `checkpoints_v5_${number}`, `parked_v5_${number}`);
    this.counters = new CountsCopy(connection, this.records, this.countsName, (reason) =>
      this.onLost(reason),
    );
    this.series = new SeriesCopy(connection, this.records, this.seriesName, (reason) => this.onLost(reason));
    this.versions = new VersionsCopy(
      connection,
      this.records,
      { tasks: this.tasksName, versions: this.versionsName, units: `units_v5_${number}` },
      (reason) => this.onLost(reason),
    );
    this.checks = new SharedLook(() => this.records.check());
  }

  /** As `ProjectionRecords.check`. */
  check(): Promise<void> {
    return this.checks.ask();
  }

  /** @throws DataGoneError when a collection is another one than it was, or gone. */
  async checkCollections(): Promise<void> {
    const names = [this.tasksName, this.countsName, this.seriesName, this.versionsName];
    const found = await this.connection.read((db, limit) =>
      db.listCollections({ name: { $in: names } }, { nameOnly: false, ...limit }).toArray(),
    );
    const ids = new Map(found.map(({ name, info }) => [name, String(info?.uuid)]));
    for (const [name, id] of this.collectionIds)
      if (ids.get(name) !== id) throw new DataGoneError(`The collection ${name} was removed or replaced`);
    for (const [name, id] of ids) this.collectionIds.set(name, id);
  }

  /** As `ReadModel.apply`; calls must not overlap. */
  async apply(
    changes: readonly TaskChange[],
    progress?: ProjectionProgress,
    ahead?: LedgerMark,
  ): Promise<void> {
    for (const change of changes) checkChange(change);
    try {
      if (ahead !== undefined) await this.records.putAhead(ahead);
      if (changes.length > 0) {
        await (this.indexed ??= this.makeIndexes());
        // What is known was found by a projector, which looks whether it is still true; others know nothing.
        const writer = progress === undefined ? new TaskWriter(this.connection, this.tasksName) : this.writer;
        await writer.write(changes);
      }
      if (progress !== undefined) await this.records.save(progress);
    } catch (error) {
      if (error instanceof DataGoneError) this.onLost(error.message);
      // It may be that somebody has removed the collections, and the indexes with them.
      this.indexed = undefined;
      throw error;
    }
  }

  async get(taskId: number): Promise<TaskDocument | undefined> {
    const stored = await this.connection.read((db, limit) =>
      this.tasks(db).findOne({ _id: storedId(taskId) }, limit),
    );
    return stored === null ? undefined : taskDocument(stored);
  }

  async itemsOf(taskIds: readonly number[], times?: TimeForm): Promise<string[]> {
    const ids = taskIds.map(storedId);
    const projection = { 'head.itemJson': 1, 'head.createdAtJson': 1 } as const;
    const stored = await this.connection.read((db, limit) =>
      this.tasks(db)
        .find({ _id: { $in: ids } }, { projection, ...limit })
        .toArray(),
    );
    const items = new Map(stored.map(({ _id, head }) => [_id, itemInTimes(head.itemJson, head, times)]));
    return ids.flatMap((id) => items.get(id) ?? []);
  }

  list(
    filter: ListFilter,
    limit: number,
    cursor?: ListCursor,
    include?: readonly TaskInclude[],
    times?: TimeForm,
    order?: ListOrder,
  ): Promise<TaskPage> {
    return this.connection.read((db, { maxTimeMS }) =>
      listTasks(this.tasks(db), { filter, limit, cursor, include, times, order, maxTimeMS }),
    );
  }

  count(filter: ListFilter): Promise<TaskCount> {
    return this.connection.read((db, { maxTimeMS }) => countTasks(this.tasks(db), filter, maxTimeMS));
  }

  /** Whether a task's document is at this revision or a later one, on a majority of a replica set. */
  async hasRevision(taskId: number, revision: number): Promise<boolean> {
    const options = { projection: { 'head.revision': 1 }, readConcern: { level: 'majority' } } as const;
    const stored = await this.connection.read((db, limit) =>
      this.tasks(db).findOne({ _id: storedId(taskId) }, { ...options, ...limit }),
    );
    return stored !== null && stored.head.revision >= revision;
  }

  /** What another process may have written since is to be learned again. */
  checkpoint(projection: string): Promise<string | undefined> {
    this.writer.forget();
    return this.records.checkpoint(projection);
  }

  madeFrom(projection: string): Promise<ReachedMark[]> {
    return this.records.madeFrom(projection);
  }

  servedFrom(projection: string): ReturnType<ProjectionRecords['servedFrom']> {
    return this.records.servedFrom(projection);
  }

  /** @throws UnavailableError always: a copy is begun with nothing, once. */
  async reset(): Promise<void> {
    throw new UnavailableError('The ledger was replaced while a copy was built from it: begin another copy');
  }

  parked(projection: string): Promise<ParkedStream[]> {
    return this.records.parked(projection);
  }

  /** Before the first document, since only then it takes no time. */
  private makeIndexes(): Promise<void> {
    return this.connection.write(async (db) => {
      // One by one: FerretDB closes the connection when several are there already.
      for (const index of TASK_INDEXES) await this.tasks(db).createIndexes([index]);
    });
  }

  private tasks(db: Db): Collection<StoredTask> {
    return db.collection(this.tasksName);
  }
}

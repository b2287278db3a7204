import type { Collection, Db } from 'mongodb';
import type { TaskInclude } from '../../contracts/task-json.js';
import type {
  ListCursor,
  ParkedStream,
  ProjectionProgress,
  ProjectionTarget,
  TaskChange,
  TaskDocument,
  TaskFilter,
  TaskPage,
} from '../../ports/read-model.js';
import { CountsCopy } from './counts-copy.js';
import type { MongoDbConnection } from './mongodb-connection.js';
import { ProjectionRecords } from './projection-records.js';
import { checkChange, storedId, taskDocument, type StoredTask } from './task-document.js';
import { TASK_INDEXES } from './task-indexes.js';
import { listTasks } from './task-lists.js';
import { TaskWriter } from './task-writer.js';

// The second form of the documents has keys; another form has other collections, which are filled from the ledger.
const COLLECTION = /^(?:tasks|counts|checkpoints|parked)_v2_(\d+)$/;
const FORMER_COLLECTION = /^(?:tasks|checkpoints|parked)_\d+$/;

/** Which copy a collection belongs to; `undefined` for other collections. */
export function copyOfCollection(name: string): number | undefined {
  const number = COLLECTION.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Whether a collection belongs to a copy of a form that this version neither reads nor writes. */
export function isOfFormerForm(name: string): boolean {
  return FORMER_COLLECTION.test(name);
}

/** One copy of the lists, details and counts, in four collections of its own. */
export class TaskCopy implements ProjectionTarget<TaskChange> {
  readonly counters: CountsCopy;
  private readonly tasksName: string;
  private readonly writer: TaskWriter;
  private readonly records: ProjectionRecords;
  private indexed: Promise<void> | undefined;

  constructor(
    private readonly connection: MongoDbConnection,
    readonly number: number,
  ) {
    this.tasksName = `tasks_v2_${number}`;
    this.writer = new TaskWriter(connection, this.tasksName);
    this.records = new ProjectionRecords(connection, `checkpoints_v2_${number}`, `parked_v2_${number}`);
    this.counters = new CountsCopy(connection, this.records, `counts_v2_${number}`);
  }

  /** As `ReadModel.apply`; calls must not overlap. */
  async apply(changes: readonly TaskChange[], progress?: ProjectionProgress): Promise<void> {
    for (const change of changes) checkChange(change);
    try {
      if (changes.length > 0) {
        await (this.indexed ??= this.makeIndexes());
        await this.writer.write(changes);
      }
      if (progress !== undefined) await this.records.save(progress);
    } catch (error) {
      // It may be that somebody has removed the collections, and the indexes with them.
      this.indexed = undefined;
      throw error;
    }
  }

  async get(taskId: number): Promise<TaskDocument | undefined> {
    const stored = await this.connection.read((db) => this.tasks(db).findOne({ _id: storedId(taskId) }));
    return stored === null ? undefined : taskDocument(stored);
  }

  async itemsOf(taskIds: readonly number[]): Promise<string[]> {
    const ids = taskIds.map(storedId);
    const projection = { 'head.itemJson': 1 } as const;
    const stored = await this.connection.read((db) =>
      this.tasks(db)
        .find({ _id: { $in: ids } }, { projection })
        .toArray(),
    );
    const items = new Map(stored.map(({ _id, head }) => [_id, head.itemJson]));
    return ids.flatMap((id) => items.get(id) ?? []);
  }

  list(
    filter: TaskFilter,
    limit: number,
    cursor?: ListCursor,
    include?: readonly TaskInclude[],
  ): Promise<TaskPage> {
    return this.connection.read((db) => listTasks(this.tasks(db), filter, limit, cursor, include));
  }

  /** Whether a task's document is at this revision or a later one. */
  async hasRevision(taskId: number, revision: number): Promise<boolean> {
    if (this.writer.hasRevision(taskId, revision)) return true;
    const projection = { 'head.revision': 1 };
    const stored = await this.connection.read((db) =>
      this.tasks(db).findOne({ _id: storedId(taskId) }, { projection }),
    );
    return stored !== null && stored.head.revision >= revision;
  }

  checkpoint(projection: string): Promise<string | undefined> {
    return this.records.checkpoint(projection);
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

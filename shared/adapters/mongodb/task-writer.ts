import { MongoBulkWriteError, type AnyBulkWriteOperation, type Collection, type Db } from 'mongodb';
import { UnavailableError } from '../../core/contracts/errors.js';
import type { TaskChange } from '../../core/ports/read-model.js';
import { DataGoneError } from './data-gone-error.js';
import { KnownRevisions } from './known-revisions.js';
import type { MongoDbConnection } from './mongodb-connection.js';
import { storedId, storedTask, type StoredTask } from './task-document.js';

/** About 20 MB. */
const KNOWN_REVISIONS_MAX = 100_000;
/** So few that a slow engine answers each within the deadline of a write. */
const WRITES_PER_COMMAND_MAX = 250;
/** Another writer can be faster again and again, but not for ever: a document is only made once. */
const ATTEMPTS_MAX = 5;
const DUPLICATE_KEY = 11_000;

/**
 * Writes changes of tasks without reading: what is not known to be there is inserted, and what turns out to be there is
 * updated. Every write can be done again without harm, and in any order with those of other processes.
 *
 * Whether a change is newer is decided by what is known here first, and then, whatever that was, by the document's own
 * guard (`StoredTask`).
 */
export class TaskWriter {
  private readonly known = new KnownRevisions(KNOWN_REVISIONS_MAX);

  constructor(
    private readonly connection: MongoDbConnection,
    private readonly collectionName: string,
  ) {}

  /** Nothing is known any more. */
  forget(): void {
    this.known.clear();
  }

  /** @throws UnavailableError when the engine is unavailable; some of the changes may then be written. */
  async write(changes: readonly TaskChange[]): Promise<void> {
    let left = changes;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const tasks = this.newer(left);
      const found = new Set<string>();
      for (let first = 0; first < tasks.length; first += WRITES_PER_COMMAND_MAX) {
        for (const id of await this.writeTasks(tasks.slice(first, first + WRITES_PER_COMMAND_MAX)))
          found.add(id);
      }
      if (found.size === 0) return;
      await this.learn([...found]);
      left = left.filter(({ taskId }) => found.has(storedId(taskId)));
    }
    throw new UnavailableError(`${left.length} documents could not be written: others are made and removed`);
  }

  /** One document for each task with a change that is newer than what is known of it. */
  private newer(changes: readonly TaskChange[]): StoredTask[] {
    const tasks = new Map<string, StoredTask>();
    for (const change of changes) {
      const id = storedId(change.taskId);
      const earlier = tasks.get(id);
      const revision = earlier?.head.revision ?? this.known.get(id) ?? -1;
      if (change.revision > revision) tasks.set(id, storedTask(change, earlier));
    }
    return [...tasks.values()];
  }

  /** Answers the ids of those that were to be inserted and are there already. */
  private async writeTasks(tasks: readonly StoredTask[]): Promise<string[]> {
    const updates = tasks.filter(({ _id }) => this.known.get(_id) !== undefined).length;
    const operations = tasks.map((task) => this.operation(task));
    const outcome = await this.connection.write(async (db, limit) => {
      try {
        const { matchedCount } = await this.collection(db).bulkWrite(operations, {
          ordered: false,
          ...limit,
        });
        return { matchedCount, found: [] };
      } catch (error) {
        if (!(error instanceof MongoBulkWriteError)) throw error;
        const errors = [error.writeErrors].flat();
        if (errors.length === 0 || errors.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
        const { matchedCount } = error.result;
        return { matchedCount, found: errors.map(({ index }) => (tasks[index] as StoredTask)._id) };
      }
    });
    if (outcome.matchedCount < updates) {
      this.known.clear();
      throw new DataGoneError(`Documents of tasks are gone from the collection ${this.collectionName}`);
    }
    const found = new Set(outcome.found);
    for (const { _id, head } of tasks) if (!found.has(_id)) this.known.set(_id, head.revision);
    return outcome.found;
  }

  private operation(task: StoredTask): AnyBulkWriteOperation<StoredTask> {
    const { _id, key: _key, paths: _paths, ...parts } = task;
    if (this.known.get(_id) === undefined) return { insertOne: { document: task } };
    // Not `updateOne`: FerretDB leaves its cursor open until the end of the command, and hangs at a hundred.
    return { updateMany: { filter: { _id }, update: { $max: parts } } };
  }

  private async learn(ids: readonly string[]): Promise<void> {
    const options = { projection: { 'head.revision': 1 }, batchSize: ids.length + 1 };
    const tasks = await this.connection.read((db, limit) =>
      this.collection(db)
        .find({ _id: { $in: ids } }, { ...options, ...limit })
        .toArray(),
    );
    for (const { _id, head } of tasks) this.known.set(_id, head.revision);
  }

  private collection(db: Db): Collection<StoredTask> {
    return db.collection(this.collectionName);
  }
}

import type { AnyBulkWriteOperation, Collection, Db } from 'mongodb';
import type { VersionChange } from '../../../core/ports/task-versions.js';
import { DataGoneError } from '../data-gone-error.js';
import type { MongoDbConnection } from '../mongodb-connection.js';
import { storedId } from '../task-document.js';
import type { UnitRecords } from './unit-records.js';
import {
  heldUntil,
  STILL_HELD,
  storedVersion,
  TASK_NODES_INDEX,
  VERSION_INDEXES,
  type StoredVersion,
} from './version-document.js';

/** So few that a slow engine answers each within the deadline of a write: each is one write, or two. */
const CHANGES_PER_COMMAND_MAX = 125;

/** What is read of a version that holds still. */
type OpenVersion = Pick<StoredVersion, '_id' | 'task' | 'from' | 'unit'>;

/** Writes versions. All of it can be done again without harm, in any order with what other processes write. */
export class VersionWriter {
  private indexed: Promise<void> | undefined;

  constructor(
    private readonly connection: MongoDbConnection,
    private readonly collectionName: string,
    private readonly units: UnitRecords,
  ) {}

  /** @throws UnavailableError when the engine is unavailable; some of the versions may then be written. */
  async write(changes: readonly VersionChange[]): Promise<void> {
    if (changes.length === 0) return;
    try {
      await (this.indexed ??= this.makeIndexes());
      for (let at = 0; at < changes.length; at += CHANGES_PER_COMMAND_MAX)
        await this.writeSome(changes.slice(at, at + CHANGES_PER_COMMAND_MAX));
    } catch (error) {
      // What was counted is not written, and somebody may have removed the collections with their indexes.
      this.units.forget();
      this.indexed = undefined;
      throw error;
    }
  }

  private async writeSome(changes: readonly VersionChange[]): Promise<void> {
    const units = await this.units.count(changes);
    const open = await this.openVersions(changes);
    const written = new Map<string, StoredVersion>();
    const ended = new Map<string, StoredVersion['held']>();
    for (const [at, change] of changes.entries()) {
      const version = storedVersion(change, units[at] as number);
      const ofTask = open.get(version.task) ?? [];
      const before = ofTask.filter(({ from }) => from < version.from);
      for (const one of before) {
        const held = heldUntil(one, version.from, version.unit);
        const own = written.get(one._id);
        if (own === undefined) ended.set(one._id, held);
        else own.held = held;
      }
      open.set(version.task, [version, ...ofTask.filter(({ from }) => from > version.from)]);
      written.set(version._id, version);
    }
    await this.store([
      ...[...ended].map(([_id, held]) => ({ updateMany: { filter: { _id }, update: { $min: { held } } } })),
      // Not `updateOne`, for FerretDB's sake: see `TaskWriter`.
      ...[...written.values()].map(({ _id, held, ...version }) => ({
        updateMany: { filter: { _id }, update: { $setOnInsert: version, $min: { held } }, upsert: true },
      })),
    ]);
    await this.units.save();
  }

  /** Those of the tasks that changes are of. */
  private async openVersions(changes: readonly VersionChange[]): Promise<Map<string, OpenVersion[]>> {
    const tasks = [...new Set(changes.map(({ state }) => storedId(state.taskId)))];
    const options = { projection: { task: 1, from: 1, unit: 1 }, hint: TASK_NODES_INDEX } as const;
    const found = await this.connection.read((db, limit) =>
      this.versions(db)
        .find({ task: { $in: tasks }, ...STILL_HELD }, { ...options, ...limit })
        .toArray(),
    );
    const open = new Map<string, OpenVersion[]>();
    for (const version of found) open.set(version.task, [...(open.get(version.task) ?? []), version]);
    return open;
  }

  private async store(operations: readonly AnyBulkWriteOperation<StoredVersion>[]): Promise<void> {
    const { matchedCount, upsertedCount } = await this.connection.write((db, limit) =>
      this.versions(db).bulkWrite(operations, { ordered: false, ...limit }),
    );
    if (matchedCount + upsertedCount < operations.length)
      throw new DataGoneError(`Versions are gone from the collection ${this.collectionName}`);
  }

  /** Before the first document, since only then it takes no time. */
  private async makeIndexes(): Promise<void> {
    await this.units.makeIndexes();
    await this.connection.write(async (db) => {
      // One by one: FerretDB closes the connection when several are there already.
      for (const index of VERSION_INDEXES) await this.versions(db).createIndexes([index]);
    });
  }

  private versions(db: Db): Collection<StoredVersion> {
    return db.collection(this.collectionName);
  }
}

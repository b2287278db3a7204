import type { Collection, Db } from 'mongodb';
import { UnavailableError } from '../../../core/contracts/errors.js';
import type {
  ParkedStream,
  ProjectionProgress,
  TaskCount,
  TaskPage,
} from '../../../core/ports/read-model.js';
import type { ListFilter } from '../../../core/ports/task-filter.js';
import type {
  PastListRequest,
  TaskState,
  VersionChange,
  VersionsTarget,
} from '../../../core/ports/task-versions.js';
import type { UnitStart } from '../../../core/ports/version-units.js';
import { DataGoneError } from '../data-gone-error.js';
import type { MongoDbConnection } from '../mongodb-connection.js';
import type { ProjectionRecords, ReachedMark } from '../projection-records.js';
import { storedId, type StoredTask } from '../task-document.js';
import { versionsAt } from './past-candidates.js';
import { countPast, listPast } from './past-lists.js';
import { UnitRecords } from './unit-records.js';
import { HELD_TO_INDEX, stateOf, type StoredVersion } from './version-document.js';
import { VersionWriter } from './version-writer.js';

const REMOVED_PER_COMMAND_MAX = 250;

/** The names of the collections that it works on. */
export interface VersionCollections {
  tasks: string;
  versions: string;
  units: string;
}

/** The versions in one copy of the read model, in two collections of their own. */
export class VersionsCopy implements VersionsTarget {
  private readonly units: UnitRecords;
  private readonly writer: VersionWriter;

  constructor(
    private readonly connection: MongoDbConnection,
    private readonly records: ProjectionRecords,
    private readonly names: VersionCollections,
    /** Told why what is kept is not what was written. */
    private readonly lost: (reason: string) => void,
  ) {
    this.units = new UnitRecords(connection, names.units);
    this.writer = new VersionWriter(connection, names.versions, this.units);
  }

  /** As `TaskVersions.apply`; calls must not overlap. */
  async apply(changes: readonly VersionChange[], progress: ProjectionProgress): Promise<void> {
    try {
      await this.writer.write(changes);
      await this.records.save(progress);
    } catch (error) {
      if (error instanceof DataGoneError) this.lost(error.message);
      throw error;
    }
  }

  async keepFrom(day: string): Promise<void> {
    const start = await this.units.before(day);
    const kept = await this.units.kept();
    const from = start !== undefined && start.unit > (kept?.unit ?? 0) ? start : kept;
    if (from === undefined) return;
    // Nobody is told of what is older any more, before any of it is gone.
    await this.units.keepFrom(from);
    await this.units.removeBefore(from.unit);
    await this.removeEnded(from.position);
  }

  keptFrom(): Promise<UnitStart | undefined> {
    return this.units.kept();
  }

  unitAt(time: string): Promise<UnitStart | undefined> {
    return this.units.before(time);
  }

  async statesAt(taskIds: readonly number[], position: string): Promise<Map<number, TaskState>> {
    const unit = await this.units.around(position);
    const found = await this.connection.read((db, { maxTimeMS }) =>
      versionsAt({ versions: this.versions(db), maxTimeMS }, taskIds.map(storedId), position, unit),
    );
    const states = [...found.values()].map(stateOf);
    return new Map(states.map((state) => [state.taskId, state]));
  }

  async list(position: string, request: PastListRequest): Promise<TaskPage> {
    const unit = await this.units.around(position);
    return this.connection.read((db, { maxTimeMS }) =>
      listPast(this.collections(db, maxTimeMS), position, unit, request),
    );
  }

  async count(position: string, filter: ListFilter): Promise<TaskCount> {
    const unit = await this.units.around(position);
    return this.connection.read((db, { maxTimeMS }) =>
      countPast(this.collections(db, maxTimeMS), position, unit, filter),
    );
  }

  /** What another process may have written since is to be read again. */
  checkpoint(projection: string): Promise<string | undefined> {
    this.units.forget();
    return this.records.checkpoint(projection);
  }

  madeFrom(projection: string): Promise<ReachedMark[]> {
    return this.records.madeFrom(projection);
  }

  /** @throws UnavailableError as `MongoDbCopy.reset`. */
  async reset(): Promise<void> {
    throw new UnavailableError('The ledger was replaced while a copy was built from it: begin another copy');
  }

  parked(projection: string): Promise<ParkedStream[]> {
    return this.records.parked(projection);
  }

  /** Some at a time, since there may be many. What holds still is behind every position. */
  private async removeEnded(position: string): Promise<void> {
    const limit = REMOVED_PER_COMMAND_MAX;
    const options = { projection: { _id: 1 }, limit, batchSize: limit + 1, hint: HELD_TO_INDEX } as const;
    for (;;) {
      const found = await this.connection.read((db, timeLimit) =>
        this.versions(db)
          .find({ 'held.to': { $lte: position } }, { ...options, ...timeLimit })
          .toArray(),
      );
      if (found.length === 0) return;
      const ids = found.map(({ _id }) => _id);
      await this.connection.write((db, timeLimit) =>
        this.versions(db).deleteMany({ _id: { $in: ids } }, timeLimit),
      );
    }
  }

  private collections(db: Db, maxTimeMS: number) {
    return { tasks: db.collection<StoredTask>(this.names.tasks), versions: this.versions(db), maxTimeMS };
  }

  private versions(db: Db): Collection<StoredVersion> {
    return db.collection(this.names.versions);
  }
}

import type { AnyBulkWriteOperation, Collection, Db } from 'mongodb';
import { UnavailableError } from '../../core/contracts/errors.js';
import {
  ALL_PROJECTS,
  CountsCache,
  projectOf,
  scopeOf,
  type ChangedCounts,
  type CountScope,
} from '../../core/domain/counts-cache.js';
import type { DurationSketch } from '../../core/domain/duration-sketch.js';
import type { CountChange, Tally, TaskCounts, TaskStats, TypeStats } from '../../core/domain/task-counts.js';
import type { ParkedStream, ProjectionProgress, ProjectionTarget } from '../../core/ports/read-model.js';
import type { ProjectCounts } from '../../core/ports/task-counters.js';
import { DataGoneError } from './data-gone-error.js';
import type { MongoDbConnection } from './mongodb-connection.js';
import type { ProjectionRecords, ReachedMark } from './projection-records.js';

/**
 * The counts of a scope as they are stored. `$max` leaves those of the greatest position, as it leaves the newest of a
 * task (`StoredTask`): and since counts follow from the events up to their position alone, it does not matter who wrote
 * them, nor how often.
 */
interface StoredCounts {
  _id: CountScope;
  state: Tally & {
    /** Must stay first. */
    position: string;
    /** JSON, since types may have names that no member of a document can have. */
    byTypeJson: string;
    /** Apart from what is shown: they are far larger, and only wanted for counting on. */
    sketchesJson: string;
  };
}

/** So few that a slow engine answers each within the deadline of a write. */
const WRITES_PER_COMMAND_MAX = 250;
/** After every project's scope. */
const SCOPES_END = 'q';
const DUPLICATE_KEY = 11_000;

/** The counts in one copy of the read model, in a collection of their own. */
export class CountsCopy implements ProjectionTarget<CountChange> {
  private readonly buffered = new CountsCache();

  constructor(
    private readonly connection: MongoDbConnection,
    private readonly records: ProjectionRecords,
    private readonly collectionName: string,
    /** Told why what is counted is not what was written. */
    private readonly lost: (reason: string) => void,
  ) {}

  /** As `TaskCounters.apply`; calls must not overlap. */
  async apply(changes: readonly CountChange[], progress: ProjectionProgress): Promise<void> {
    try {
      await this.load(this.buffered.missing(changes));
      await this.write(this.buffered.count(changes, progress.checkpoint.position));
      await this.records.save(progress);
      this.buffered.stored();
    } catch (error) {
      this.buffered.letGo();
      if (error instanceof DataGoneError) this.lost(error.message);
      throw error;
    }
  }

  async stats(projectId?: number): Promise<TaskStats | undefined> {
    const _id = projectId === undefined ? ALL_PROJECTS : scopeOf(projectId);
    const projection = { 'state.position': 1, 'state.byStatus': 1, 'state.silent': 1, 'state.byTypeJson': 1 };
    const stored = await this.connection.read((db, limit) =>
      this.collection(db).findOne({ _id }, { projection, ...limit }),
    );
    return stored === null ? undefined : taskStats(stored);
  }

  async projects(limit: number, afterProjectId?: number): Promise<ProjectCounts[]> {
    const $gt = afterProjectId === undefined ? ALL_PROJECTS : scopeOf(afterProjectId);
    const options = {
      sort: { _id: 1 },
      limit,
      projection: { 'state.byStatus': 1, 'state.silent': 1 },
    } as const;
    const found = await this.connection.read((db, timeLimit) =>
      this.collection(db)
        .find({ _id: { $gt, $lt: SCOPES_END } }, { ...options, ...timeLimit })
        .toArray(),
    );
    return found.map(({ _id, state: { byStatus, silent } }) => ({
      projectId: projectOf(_id),
      byStatus,
      silent,
    }));
  }

  /** What another process may have counted since is to be loaded again. */
  checkpoint(projection: string): Promise<string | undefined> {
    this.buffered.letGo();
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

  private async load(scopes: readonly CountScope[]): Promise<void> {
    if (scopes.length === 0) return;
    const options = { batchSize: scopes.length + 1 };
    const found = await this.connection.read((db, limit) =>
      this.collection(db)
        .find({ _id: { $in: [...scopes] } }, { ...options, ...limit })
        .toArray(),
    );
    const stored = new Map(found.map((one) => [one._id, taskCounts(one)]));
    for (const scope of scopes) this.buffered.take(scope, stored.get(scope));
  }

  private async write(changed: readonly ChangedCounts[]): Promise<void> {
    for (let first = 0; first < changed.length; first += WRITES_PER_COMMAND_MAX) {
      const some = changed.slice(first, first + WRITES_PER_COMMAND_MAX);
      const updates = some.filter(({ isNew }) => !isNew).length;
      const { matchedCount } = await this.connection.write(async (db, limit) => {
        try {
          return await this.collection(db).bulkWrite(some.map(operation), { ordered: false, ...limit });
        } catch (error) {
          if ((error as { code?: unknown }).code !== DUPLICATE_KEY) throw error;
          throw new UnavailableError(
            'Another process counts, too: the projection goes on from its checkpoint',
            {
              cause: error,
            },
          );
        }
      });
      if (matchedCount < updates)
        throw new DataGoneError(`Counts are gone from the collection ${this.collectionName}`);
    }
  }

  private collection(db: Db): Collection<StoredCounts> {
    return db.collection(this.collectionName);
  }
}

function operation({ scope, counts, isNew }: ChangedCounts): AnyBulkWriteOperation<StoredCounts> {
  const { position, byStatus, silent, byType } = counts;
  const types = [...byType];
  const stats = types.map(([type, { byStatus, silent, durations }]) => [
    type,
    { byStatus, silent, durations },
  ]);
  const sketches = types.map(([type, { sketch }]) => [type, sketch]);
  const [byTypeJson, sketchesJson] = [JSON.stringify(stats), JSON.stringify(sketches)];
  const state = { position, byStatus, silent, byTypeJson, sketchesJson };
  if (isNew) return { insertOne: { document: { _id: scope, state } } };
  // Not `updateOne`, for FerretDB's sake: see `TaskWriter`.
  return { updateMany: { filter: { _id: scope }, update: { $max: { state } } } };
}

function taskStats({ state: { position, byStatus, silent, byTypeJson } }: StoredCounts): TaskStats {
  return { position, byStatus, silent, byType: new Map(JSON.parse(byTypeJson) as [string, TypeStats][]) };
}

function taskCounts(stored: StoredCounts): TaskCounts {
  const { byType, ...stats } = taskStats(stored);
  const sketches = new Map(JSON.parse(stored.state.sketchesJson) as [string, DurationSketch][]);
  const counted = Array.from(byType, ([type, shown]) => {
    return [type, { ...shown, sketch: sketches.get(type) ?? {} }] as const;
  });
  return { ...stats, byType: new Map(counted) };
}

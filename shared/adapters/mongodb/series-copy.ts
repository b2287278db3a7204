import type { AnyBulkWriteOperation, Collection, Db, Filter } from 'mongodb';
import { UnavailableError } from '../../core/contracts/errors.js';
import type { ParkedStream, ProjectionProgress } from '../../core/ports/read-model.js';
import {
  changesByRecord,
  failurePointOf,
  failuresKey,
  failuresKeysBetween,
  pointOf,
  seriesKey,
  seriesKeysBefore,
  seriesKeysBetween,
  withChanges,
  type AnySeriesRecord,
} from '../../core/ports/series-records.js';
import type { FailurePlace, FailurePoint } from '../../core/ports/task-failures.js';
import type {
  SeriesChange,
  SeriesInterval,
  SeriesPoint,
  SeriesScope,
  SeriesTarget,
} from '../../core/ports/task-series.js';
import { DataGoneError } from './data-gone-error.js';
import type { MongoDbConnection } from './mongodb-connection.js';
import type { ProjectionRecords, ReachedMark } from './projection-records.js';

/** A record as it is stored. `$max` leaves that of the greatest position, as it does of the counts (`StoredCounts`). */
interface StoredRecord {
  /** As `seriesKey`. */
  _id: string;
  state: {
    /** Must stay first. Of `KEPT_FROM` it is the day. */
    position: string;
    /** JSON, since types may have names that no member of a document can have. */
    byTypeJson: string;
  };
}

/** Where it stands from which day on the series is kept: after every record's key. */
const KEPT_FROM = 'z kept from';

/** So few that a slow engine answers each within the deadline of a write. */
const RECORDS_PER_COMMAND_MAX = 250;
const DUPLICATE_KEY = 11_000;

/** The series in one copy of the read model, in a collection of their own. */
export class SeriesCopy implements SeriesTarget {
  constructor(
    private readonly connection: MongoDbConnection,
    private readonly records: ProjectionRecords,
    private readonly collectionName: string,
    /** Told why what is counted is not what was written. */
    private readonly lost: (reason: string) => void,
  ) {}

  /** As `TaskSeries.apply`; calls must not overlap. */
  async apply(changes: readonly SeriesChange[], progress: ProjectionProgress): Promise<void> {
    try {
      const keptFrom = changes.length === 0 ? undefined : await this.keptFrom();
      const byRecord = [...changesByRecord(changes, keptFrom)];
      for (let at = 0; at < byRecord.length; at += RECORDS_PER_COMMAND_MAX)
        await this.add(
          byRecord.slice(at, at + RECORDS_PER_COMMAND_MAX),
          progress.checkpoint.position,
          keptFrom,
        );
      await this.records.save(progress);
    } catch (error) {
      if (error instanceof DataGoneError) this.lost(error.message);
      throw error;
    }
  }

  async keepFrom(day: string): Promise<void> {
    const state = { position: day, byTypeJson: '' };
    // What is from before is left out from now on, so that what is removed does not come again.
    await this.connection.write((db, limit) =>
      this.collection(db).updateOne({ _id: KEPT_FROM }, { $max: { state } }, { upsert: true, ...limit }),
    );
    const from = (await this.keptFrom()) ?? day;
    for (const [start, end] of seriesKeysBefore(from)) await this.removeBetween(start, end);
  }

  async keptFrom(): Promise<string | undefined> {
    const stored = await this.connection.read((db, limit) =>
      this.collection(db).findOne({ _id: KEPT_FROM }, limit),
    );
    return stored?.state.position;
  }

  async points(
    interval: SeriesInterval,
    buckets: readonly string[],
    scope: SeriesScope,
  ): Promise<SeriesPoint[]> {
    const keys = buckets.map((bucket) => seriesKey(interval, bucket, scope));
    return (await this.find({ _id: { $in: keys } }, keys.length)).map(([key, record]) =>
      pointOf(key, record),
    );
  }

  async pointsOfProjects(
    interval: SeriesInterval,
    between: { first: string; last: string },
    limit: number,
  ): Promise<SeriesPoint[]> {
    const [$gte, $lt] = seriesKeysBetween(interval, between);
    const found = await this.find({ _id: { $gte, $lt, $not: / all$/ } }, limit);
    return found.map(([key, record]) => pointOf(key, record));
  }

  async failures(hours: readonly string[], projectId: number): Promise<FailurePoint[]> {
    const keys = hours.map((bucket) => failuresKey({ bucket, projectId }));
    const found = await this.find({ _id: { $in: keys } }, keys.length);
    return found.map(([key, record]) => failurePointOf(key, record));
  }

  async failuresOfProjects(
    between: { first: string; last: string },
    limit: number,
    after?: FailurePlace,
  ): Promise<FailurePoint[]> {
    const [$gte, $lt] = failuresKeysBetween(between, after);
    const found = await this.find({ _id: { $gte, $lt } }, limit);
    return found.map(([key, record]) => failurePointOf(key, record));
  }

  checkpoint(projection: string): Promise<string | undefined> {
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

  private async find(wanted: Filter<StoredRecord>, limit: number): Promise<[string, AnySeriesRecord][]> {
    if (limit === 0) return [];
    const options = { sort: { _id: 1 }, limit, batchSize: limit + 1 } as const;
    const found = await this.connection.read((db, timeLimit) =>
      this.collection(db)
        .find(wanted, { ...options, ...timeLimit })
        .toArray(),
    );
    return found.map((stored) => [stored._id, recordOf(stored)]);
  }

  /** Adds changes to their records, which are few enough for one command. */
  private async add(
    byRecord: readonly [string, SeriesChange[]][],
    position: string,
    keptFrom: string | undefined,
  ): Promise<void> {
    const keys = byRecord.map(([key]) => key);
    const found = await this.connection.read((db, limit) =>
      this.collection(db)
        .find({ _id: { $in: keys } }, { batchSize: keys.length + 1, ...limit })
        .toArray(),
    );
    const stored = new Map(found.map((one) => [one._id, recordOf(one)]));
    const operations = byRecord.flatMap(([key, changes]) => {
      const record = withChanges(key, stored.get(key), changes, position);
      return record === undefined ? [] : operation(key, record, !stored.has(key));
    });
    if (operations.length === 0) return;
    const updates = operations.filter((one) => 'updateMany' in one).length;
    const { matchedCount } = await this.connection.write(async (db, limit) => {
      try {
        return await this.collection(db).bulkWrite(operations, { ordered: false, ...limit });
      } catch (error) {
        if ((error as { code?: unknown }).code !== DUPLICATE_KEY) throw error;
        const message = 'Another process counts, too: the projection goes on from its checkpoint';
        throw new UnavailableError(message, { cause: error });
      }
    });
    if (matchedCount === updates) return;
    // A projector that was thought dead comes upon what the one that works has removed as it should.
    if ((await this.keptFrom()) !== keptFrom)
      throw new UnavailableError(
        'The series is kept from another day on by now: the projection goes on from there',
      );
    throw new DataGoneError(`Records are gone from the collection ${this.collectionName}`);
  }

  /** Some at a time, since there may be many. */
  private async removeBetween(start: string, end: string): Promise<void> {
    const options = { sort: { _id: 1 }, projection: { _id: 1 } } as const;
    const limit = RECORDS_PER_COMMAND_MAX;
    for (;;) {
      const found = await this.connection.read((db, timeLimit) =>
        this.collection(db)
          .find({ _id: { $gte: start, $lt: end } }, { ...options, limit, batchSize: limit + 1, ...timeLimit })
          .toArray(),
      );
      if (found.length === 0) return;
      const ids = found.map(({ _id }) => _id);
      await this.connection.write((db, timeLimit) =>
        this.collection(db).deleteMany({ _id: { $in: ids } }, timeLimit),
      );
    }
  }

  private collection(db: Db): Collection<StoredRecord> {
    return db.collection(this.collectionName);
  }
}

function operation(
  _id: string,
  { position, byType }: AnySeriesRecord,
  isNew: boolean,
): AnyBulkWriteOperation<StoredRecord> {
  const state = { position, byTypeJson: JSON.stringify(byType) };
  if (isNew) return { insertOne: { document: { _id, state } } };
  // Not `updateOne`, for FerretDB's sake: see `TaskWriter`.
  return { updateMany: { filter: { _id }, update: { $max: { state } } } };
}

function recordOf({ state: { position, byTypeJson } }: StoredRecord): AnySeriesRecord {
  const byType = JSON.parse(byTypeJson) as AnySeriesRecord['byType'];
  return { position, byType } as AnySeriesRecord;
}

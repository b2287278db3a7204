import { UnavailableError } from '../../core/contracts/errors.js';
import type { TaskInclude } from '../../core/contracts/task-fields.js';
import type { Leases } from '../../core/ports/lease.js';
import type { ProjectorHeartbeat, ProjectorHeartbeats } from '../../core/ports/projector-status.js';
import type { TimeForm } from '../../core/contracts/time.js';
import type {
  LedgerMark,
  ListCursor,
  ParkedStream,
  ProjectionProgress,
  ProjectionTarget,
  ServedMarks,
  TaskCount,
  TaskChange,
  TaskDocument,
  TaskPage,
} from '../../core/ports/read-model.js';
import type { ReadModelCopy, RebuildableReadModel } from '../../core/ports/rebuildable-read-model.js';
import type { ListFilter } from '../../core/ports/task-filter.js';
import type { ListOrder } from '../../core/ports/list-order.js';
import { Backoff } from '../../kit/backoff.js';
import { MongoDbTaskVersions } from './versions/mongodb-task-versions.js';
import { CopyWatch } from './copy-watch.js';
import { MongoDbConnection, type MongoDbConnectionOptions } from './mongodb-connection.js';
import { LEASE_TTL_MS, MongoDbLeases } from './mongodb-leases.js';
import { MongoDbTaskCounters } from './mongodb-task-counters.js';
import { MongoDbTaskSeries } from './mongodb-task-series.js';
import { SERVING_AGE_MS_MAX, CopyRouter } from './copy-router.js';
import { ServingTarget } from './serving-target.js';
import { ServingWrites } from './serving-writes.js';
import { checkChange } from './task-document.js';
import { checkLimit } from './task-lists.js';

const LEASE_CONNECTIONS_MAX = 4;
/** The part of a lease's time that a renewal may take: one that gets no answer is tried again while the lease is held. */
const RENEWAL_PART = 1 / 2;
const LOOK_MS = { first: 5, max: 100 };

export interface MongoDbReadModelOptions extends Pick<MongoDbConnectionOptions, 'readMsMax' | 'writeMsMax'> {
  /** How long a lease outlives its last renewal, in milliseconds; default 3,000. */
  leaseMs?: number | undefined;
  /** Told why everything in the database is taken away: it is made again. */
  replaced?: (reason: string, database: string) => void;
}

/**
 * The lists and details in MongoDB, or what speaks its protocol. Needs nothing that only a replica set has; where there is
 * one, every write is answered by its majority.
 *
 * Reads fail within 5 s and writes within 30 s by default (3 s when no server can be reached) with an `UnavailableError`,
 * and work again by themselves when the engine is back, also when it was away at the start.
 */
export class MongoDbReadModel
  extends ServingTarget
  implements RebuildableReadModel, ProjectionTarget<TaskChange>, ServedMarks, ProjectorHeartbeats
{
  readonly followDelayMs = SERVING_AGE_MS_MAX;
  /** Leases in the same database, over connections of their own. */
  readonly leases: Leases;
  /** What is counted, in the same database. */
  readonly counters: MongoDbTaskCounters;
  /** When what happened, in the same database. */
  readonly series: MongoDbTaskSeries;
  /** What every task was when, in the same database. */
  readonly versions: MongoDbTaskVersions;
  private readonly connection: MongoDbConnection;
  private readonly leaseConnection: MongoDbConnection;
  private readonly serving: CopyRouter;
  private readonly closed = new AbortController();
  private closing: Promise<void> | undefined;

  /**
   * Connects when it is first used.
   *
   * @param url As `MongoDbConnection` takes it.
   * @throws InvalidSettingError when it is no such URL.
   */
  constructor(url: string, options: MongoDbReadModelOptions = {}) {
    const { leaseMs = LEASE_TTL_MS, replaced = () => undefined, ...times } = options;
    const connection = new MongoDbConnection(url, times);
    const serving = new CopyRouter(connection, replaced);
    const watch = new CopyWatch(serving);
    super(watch, new ServingWrites(serving, 'tasks'));
    this.connection = connection;
    this.serving = serving;
    this.counters = new MongoDbTaskCounters(serving, watch, () => this.checkOpen());
    this.series = new MongoDbTaskSeries(serving, watch, () => this.checkOpen());
    this.versions = new MongoDbTaskVersions(serving, watch, () => this.checkOpen());
    // Apart, so that no renewal waits for a place behind what is slow.
    this.leaseConnection = new MongoDbConnection(url, {
      connectionsMax: LEASE_CONNECTIONS_MAX,
      readMsMax: leaseMs * RENEWAL_PART,
    });
    this.leases = new MongoDbLeases(this.leaseConnection, leaseMs);
  }

  async apply(
    changes: readonly TaskChange[],
    progress?: ProjectionProgress,
    ahead?: LedgerMark,
  ): Promise<void> {
    this.checkOpen();
    for (const change of changes) checkChange(change);
    // One after the other: of two changes of one task the later must not come first, since it may carry less.
    return this.writes.add((copy) => copy.apply(changes, progress, ahead), progress);
  }

  async get(taskId: number): Promise<TaskDocument | undefined> {
    this.checkOpen();
    return this.serving.read(undefined, (copy) => copy.get(taskId));
  }

  async itemsOf(taskIds: readonly number[], times?: TimeForm): Promise<string[]> {
    this.checkOpen();
    return this.serving.read('tasks', (copy) => copy.itemsOf(taskIds, times));
  }

  async list(
    filter: ListFilter,
    limit: number,
    cursor?: ListCursor,
    include?: readonly TaskInclude[],
    times?: TimeForm,
    order?: ListOrder,
  ): Promise<TaskPage> {
    this.checkOpen();
    checkLimit(limit);
    return this.serving.read('tasks', (copy) => copy.list(filter, limit, cursor, include, times, order));
  }

  async count(filter: ListFilter): Promise<TaskCount> {
    this.checkOpen();
    return this.serving.read('tasks', (copy) => copy.count(filter));
  }

  /** Looks again and again, at first every few milliseconds and then every 100. */
  async waitForRevision(taskId: number, revision: number, signal: AbortSignal): Promise<boolean> {
    const ended = AbortSignal.any([signal, this.closed.signal]);
    for (const looks = new Backoff(LOOK_MS); ; await looks.wait(ended)) {
      this.checkOpen();
      if (signal.aborted) return false;
      if (await this.serving.read(undefined, (copy) => copy.hasRevision(taskId, revision))) return true;
    }
  }

  async checkpoint(projection: string): Promise<string | undefined> {
    this.checkOpen();
    return (await this.writes.begin(projection)).checkpoint(projection);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    this.checkOpen();
    return this.serving.read(undefined, (copy) => copy.parked(projection));
  }

  async servedFrom(projection: string): ReturnType<ServedMarks['servedFrom']> {
    this.checkOpen();
    return this.serving.read(undefined, (copy) => copy.servedFrom(projection));
  }

  async startCopy(): Promise<ReadModelCopy> {
    this.checkOpen();
    const { serving } = this;
    const copy = await serving.startCopy();
    return {
      apply: (changes, progress) => copy.apply(changes, progress),
      checkpoint: (projection) => copy.checkpoint(projection),
      parked: (projection) => copy.parked(projection),
      madeFrom: (projection) => copy.madeFrom(projection),
      reset: () => copy.reset(),
      counters: copy.counters,
      series: copy.series,
      versions: copy.versions,
      serve: () => serving.serve(copy),
      removeOthers: () => serving.removeOthers(),
    };
  }

  async writeHeartbeat(projection: string, heartbeat: ProjectorHeartbeat): Promise<void> {
    this.checkOpen();
    const text = JSON.stringify(heartbeat);
    await this.connection.read((db, limit) =>
      db
        .collection<StoredHeartbeat>('heartbeats')
        .updateOne({ _id: projection }, { $set: { text } }, { upsert: true, ...limit }),
    );
  }

  async readHeartbeat(projection: string): Promise<ProjectorHeartbeat | undefined> {
    this.checkOpen();
    const stored = await this.connection.read((db, limit) =>
      db.collection<StoredHeartbeat>('heartbeats').findOne({ _id: projection }, limit),
    );
    return stored === null ? undefined : (JSON.parse(stored.text) as ProjectorHeartbeat);
  }

  close(): Promise<void> {
    return (this.closing ??= this.letGo());
  }

  private async letGo(): Promise<void> {
    this.closed.abort();
    this.watch.stop();
    const { counters, series, versions } = this;
    await Promise.all([this.writes.done(), counters.written(), series.written(), versions.written()]);
    await Promise.all([this.connection.close(), this.leaseConnection.close()]);
  }

  protected checkOpen(): void {
    if (this.closing !== undefined) throw new UnavailableError('The read model is closed');
  }
}

interface StoredHeartbeat {
  /** The projection's name. */
  _id: string;
  /** JSON, since positions that are not known are left out of it. */
  text: string;
}

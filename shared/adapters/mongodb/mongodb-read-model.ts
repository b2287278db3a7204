import { setTimeout as delay } from 'node:timers/promises';
import { UnavailableError } from '../../contracts/errors.js';
import type { TaskInclude } from '../../contracts/task-json.js';
import type { Leases } from '../../ports/lease.js';
import type { ProjectorHeartbeat, ProjectorHeartbeats } from '../../ports/projector-status.js';
import type {
  ListCursor,
  ParkedStream,
  ProjectionProgress,
  ReadModelCopy,
  RebuildableReadModel,
  TaskChange,
  TaskDocument,
  TaskFilter,
  TaskPage,
} from '../../ports/read-model.js';
import { MongoDbConnection } from './mongodb-connection.js';
import { MongoDbLeases } from './mongodb-leases.js';
import { MongoDbTaskCounters } from './mongodb-task-counters.js';
import { SERVING_AGE_MS_MAX, ServingCopy } from './serving-copy.js';
import { ServingWrites } from './serving-writes.js';
import { checkChange } from './task-document.js';
import { checkLimit } from './task-lists.js';

const FIRST_LOOK_DELAY_MS = 5;
const LOOK_DELAY_MS_MAX = 100;

/**
 * The lists and details in MongoDB, or what speaks its protocol. Needs nothing that only a replica set has; where there is
 * one, every write is answered by its majority.
 *
 * Reads fail within 5 s and writes within 30 s (3 s when no server can be reached) with an `UnavailableError`, and work
 * again by themselves when the engine is back, also when it was away at the start.
 */
export class MongoDbReadModel implements RebuildableReadModel, ProjectorHeartbeats {
  readonly followDelayMs = SERVING_AGE_MS_MAX;
  /** Leases in the same database, over the same connections. */
  readonly leases: Leases;
  /** What is counted, in the same database. */
  readonly counters: MongoDbTaskCounters;
  private readonly connection: MongoDbConnection;
  private readonly serving: ServingCopy;
  private readonly writes: ServingWrites;
  private readonly closed = new AbortController();
  private closing: Promise<void> | undefined;

  /**
   * Connects when it is first used.
   *
   * @param url As `MongoDbConnection` takes it.
   * @throws InvalidSettingError when it is no such URL.
   */
  constructor(url: string) {
    this.connection = new MongoDbConnection(url);
    this.serving = new ServingCopy(this.connection);
    this.writes = new ServingWrites(this.serving);
    this.counters = new MongoDbTaskCounters(this.serving, () => this.checkOpen());
    this.leases = new MongoDbLeases(this.connection);
  }

  async apply(changes: readonly TaskChange[], progress?: ProjectionProgress): Promise<void> {
    this.checkOpen();
    for (const change of changes) checkChange(change);
    // One after the other: of two changes of one task the later must not come first, since it may carry less.
    return this.writes.add((copy) => copy.apply(changes, progress), progress);
  }

  async get(taskId: number): Promise<TaskDocument | undefined> {
    this.checkOpen();
    return (await this.serving.get()).get(taskId);
  }

  async itemsOf(taskIds: readonly number[]): Promise<string[]> {
    this.checkOpen();
    return (await this.serving.get()).itemsOf(taskIds);
  }

  async list(
    filter: TaskFilter,
    limit: number,
    cursor?: ListCursor,
    include?: readonly TaskInclude[],
  ): Promise<TaskPage> {
    this.checkOpen();
    checkLimit(limit);
    return (await this.serving.get()).list(filter, limit, cursor, include);
  }

  /** Looks again and again, at first every few milliseconds and then every 100. */
  async waitForRevision(taskId: number, revision: number, signal: AbortSignal): Promise<boolean> {
    const ended = AbortSignal.any([signal, this.closed.signal]);
    for (
      let lookDelayMs = FIRST_LOOK_DELAY_MS;
      ;
      lookDelayMs = Math.min(lookDelayMs * 2, LOOK_DELAY_MS_MAX)
    ) {
      this.checkOpen();
      if (signal.aborted) return false;
      const copy = await this.serving.get();
      if (await copy.hasRevision(taskId, revision)) return true;
      await delay(lookDelayMs, undefined, { signal: ended }).catch(() => undefined);
    }
  }

  async checkpoint(projection: string): Promise<string | undefined> {
    this.checkOpen();
    return (await this.writes.begin(projection)).checkpoint(projection);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    this.checkOpen();
    return (await this.serving.get()).parked(projection);
  }

  async startCopy(): Promise<ReadModelCopy> {
    this.checkOpen();
    const { serving } = this;
    const copy = await serving.startCopy();
    return {
      apply: (changes, progress) => copy.apply(changes, progress),
      checkpoint: (projection) => copy.checkpoint(projection),
      parked: (projection) => copy.parked(projection),
      counters: copy.counters,
      serve: () => serving.serve(copy),
      removeOthers: () => serving.removeOthers(),
    };
  }

  async writeHeartbeat(projection: string, heartbeat: ProjectorHeartbeat): Promise<void> {
    this.checkOpen();
    const text = JSON.stringify(heartbeat);
    await this.connection.read((db) =>
      db
        .collection<StoredHeartbeat>('heartbeats')
        .updateOne({ _id: projection }, { $set: { text } }, { upsert: true }),
    );
  }

  async readHeartbeat(projection: string): Promise<ProjectorHeartbeat | undefined> {
    this.checkOpen();
    const stored = await this.connection.read((db) =>
      db.collection<StoredHeartbeat>('heartbeats').findOne({ _id: projection }),
    );
    return stored === null ? undefined : (JSON.parse(stored.text) as ProjectorHeartbeat);
  }

  close(): Promise<void> {
    return (this.closing ??= this.letGo());
  }

  private async letGo(): Promise<void> {
    this.closed.abort();
    await Promise.all([this.writes.done(), this.counters.written()]);
    await this.connection.close();
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw new UnavailableError('The read model is closed');
  }
}

interface StoredHeartbeat {
  /** The projection's name. */
  _id: string;
  /** JSON, since positions that are not known are left out of it. */
  text: string;
}

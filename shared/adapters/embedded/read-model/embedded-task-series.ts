import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LedgerMark, ParkedStream, ProjectionProgress } from '../../../core/ports/read-model.js';
import {
  changesByRecord,
  failurePointOf,
  failuresKey,
  failuresKeysBetween,
  pointOf,
  seriesKey,
  seriesKeysBetween,
  withChanges,
} from '../../../core/ports/series-records.js';
import type { FailurePlace, FailurePoint } from '../../../core/ports/task-failures.js';
import type {
  SeriesChange,
  SeriesInterval,
  SeriesPoint,
  SeriesScope,
  TaskSeries,
} from '../../../core/ports/task-series.js';
import type { ReadModelFolder } from './read-model-folder.js';

/** How many records are written, or removed, in one transaction: a few milliseconds, during which nobody else is served. */
const RECORDS_PER_COMMIT = 50;

/** The series beside the documents in the read model's folder. They are shown when they are written. */
export class EmbeddedTaskSeries implements TaskSeries {
  private lastWrite: Promise<void> = Promise.resolve();

  /** @param checkOpen Throws when the folder is closed, or about to be. */
  constructor(
    private readonly folder: ReadModelFolder,
    private readonly checkOpen: () => void,
  ) {}

  apply(changes: readonly SeriesChange[], progress: ProjectionProgress): Promise<void> {
    return this.write(() => this.take(changes, progress));
  }

  keepFrom(day: string): Promise<void> {
    return this.write(() => this.remove(day));
  }

  async keptFrom(): Promise<string | undefined> {
    this.checkOpen();
    return this.folder.readCounted('series', ({ series }) => series.keptFrom());
  }

  async points(
    interval: SeriesInterval,
    buckets: readonly string[],
    scope: SeriesScope,
  ): Promise<SeriesPoint[]> {
    this.checkOpen();
    return this.folder.readCounted('series', ({ series }) =>
      buckets.flatMap((bucket) => {
        const key = seriesKey(interval, bucket, scope);
        const record = series.get(key);
        return record === undefined ? [] : pointOf(key, record);
      }),
    );
  }

  async pointsOfProjects(
    interval: SeriesInterval,
    between: { first: string; last: string },
    limit: number,
  ): Promise<SeriesPoint[]> {
    this.checkOpen();
    const [start, end] = seriesKeysBetween(interval, between);
    return this.folder.readCounted('series', ({ series }) =>
      series.points(start, end, limit, ({ scope }) => scope !== 'all'),
    );
  }

  async failures(hours: readonly string[], projectId: number): Promise<FailurePoint[]> {
    this.checkOpen();
    return this.folder.readCounted('series', ({ series }) =>
      hours.flatMap((bucket) => {
        const key = failuresKey({ bucket, projectId });
        const record = series.get(key);
        return record === undefined ? [] : failurePointOf(key, record);
      }),
    );
  }

  async failuresOfProjects(
    between: { first: string; last: string },
    limit: number,
    after?: FailurePlace,
  ): Promise<FailurePoint[]> {
    this.checkOpen();
    const [start, end] = failuresKeysBetween(between, after);
    return this.folder.readCounted('series', ({ series }) => series.failures(start, end, limit));
  }

  async checkpoint(projection: string): Promise<string | undefined> {
    this.checkOpen();
    await this.folder.begin('series');
    return this.folder.readCounted('series', ({ records }) => records.checkpoint(projection)?.position);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    this.checkOpen();
    return this.folder.readCounted('series', ({ records }) => records.parked(projection));
  }

  async madeFrom(projection: string): Promise<readonly LedgerMark[]> {
    this.checkOpen();
    return this.folder.onRecord((records) => records.madeFrom('series', projection));
  }

  async reset(): Promise<void> {
    this.checkOpen();
    await this.folder.whole();
    this.folder.resetCounted('series');
  }

  /** Waits until everything that was handed over is written. */
  async applied(): Promise<void> {
    await this.lastWrite;
  }

  whenLost(listener: (reason: string) => void): () => void {
    return this.folder.sides.series.whenLost(listener);
  }

  /** One after the other, since each goes on from what the one before it has written. */
  private async write(work: () => Promise<void>): Promise<void> {
    this.checkOpen();
    const write = this.lastWrite.then(() => this.folder.writing(work()));
    this.lastWrite = write.catch(() => undefined);
    return write;
  }

  private async take(changes: readonly SeriesChange[], progress: ProjectionProgress): Promise<void> {
    const { checkpoint, park = [], unpark = [] } = progress;
    const { projection, position } = checkpoint;
    const keptFrom = this.folder.readCounted('series', ({ series, records }) => {
      records.note('series', checkpoint);
      return series.keptFrom();
    });
    const byRecord = [...changesByRecord(changes, keptFrom)];
    for (let at = 0; at < byRecord.length; at += RECORDS_PER_COMMIT) {
      this.commit(({ series, records }) => {
        records.putAhead('series');
        for (const [key, ofRecord] of byRecord.slice(at, at + RECORDS_PER_COMMIT)) {
          const record = withChanges(key, series.get(key), ofRecord, position);
          if (record !== undefined) series.put(key, record);
        }
      });
      await nextTurn();
    }
    // The checkpoint never goes back, and is ahead of nothing.
    const reached = this.folder.readCounted('series', ({ records }) => records.checkpoint(projection));
    this.commit(({ records }) => {
      if (park.length + unpark.length > 0) records.putParked(progress);
      if (reached === undefined || reached.position < position)
        records.putCheckpoint('series', projection, checkpoint);
    });
    this.folder.readCounted('series', ({ records }) => records.advance('series', checkpoint));
  }

  private async remove(day: string): Promise<void> {
    const kept = this.folder.readCounted('series', ({ series }) => series.keptFrom());
    const from = kept !== undefined && kept > day ? kept : day;
    // What is from before is left out from now on, so that what is removed does not come again.
    if (from !== kept) this.commit(({ series }) => series.putKeptFrom(from));
    for (let removed = -1; removed !== 0; await nextTurn())
      this.commit(({ series }) => (removed = series.removeBefore(from, RECORDS_PER_COMMIT)));
  }

  private commit(write: (tables: ReadModelFolder['tables']) => void): void {
    this.folder.readCounted('series', (tables) => this.folder.transaction(() => write(tables)));
  }
}

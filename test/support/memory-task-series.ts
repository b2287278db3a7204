import type { ParkedStream, ProjectionProgress } from '../../shared/core/ports/read-model.js';
import {
  changesByRecord,
  failurePointOf,
  failuresKey,
  failuresKeysBetween,
  pointOf,
  seriesKey,
  seriesKeysBetween,
  withChanges,
  type AnySeriesRecord,
} from '../../shared/core/ports/series-records.js';
import type { FailurePlace, FailurePoint } from '../../shared/core/ports/task-failures.js';
import type {
  SeriesChange,
  SeriesInterval,
  SeriesPoint,
  SeriesScope,
  TaskSeries,
} from '../../shared/core/ports/task-series.js';

/** Series in memory that write one record after the other, and can be cut off before any of them. */
export class MemoryTaskSeries implements TaskSeries {
  /** Called before each record, each removal and the checkpoint are written; what it throws is the write's failure. */
  beforeWrite: () => void = () => undefined;
  readonly records = new Map<string, AnySeriesRecord>();
  private kept: string | undefined;
  private readonly checkpoints = new Map<string, string>();
  private readonly parkedStreams = new Map<string, ParkedStream>();

  async apply(changes: readonly SeriesChange[], progress: ProjectionProgress): Promise<void> {
    const { checkpoint, park = [] } = progress;
    for (const [key, ofRecord] of changesByRecord(changes, this.kept)) {
      this.beforeWrite();
      const record = withChanges(key, this.records.get(key), ofRecord, checkpoint.position);
      if (record !== undefined) this.records.set(key, record);
    }
    this.beforeWrite();
    for (const parked of park) this.parkedStreams.set(`${parked.projection} ${parked.stream}`, parked);
    this.checkpoints.set(checkpoint.projection, checkpoint.position);
  }

  async keepFrom(day: string): Promise<void> {
    this.beforeWrite();
    if (this.kept === undefined || this.kept < day) this.kept = day;
    for (const key of this.records.keys()) {
      if (key.slice(1) >= this.kept) continue;
      this.beforeWrite();
      this.records.delete(key);
    }
  }

  async keptFrom(): Promise<string | undefined> {
    return this.kept;
  }

  async points(
    interval: SeriesInterval,
    buckets: readonly string[],
    scope: SeriesScope,
  ): Promise<SeriesPoint[]> {
    return buckets.flatMap((bucket) => {
      const key = seriesKey(interval, bucket, scope);
      const record = this.records.get(key);
      return record === undefined ? [] : pointOf(key, record);
    });
  }

  async pointsOfProjects(
    interval: SeriesInterval,
    between: { first: string; last: string },
    limit: number,
  ): Promise<SeriesPoint[]> {
    return this.between(seriesKeysBetween(interval, between))
      .filter(([key]) => !key.endsWith(' all'))
      .slice(0, limit)
      .map(([key, record]) => pointOf(key, record));
  }

  async failures(hours: readonly string[], projectId: number): Promise<FailurePoint[]> {
    return hours.flatMap((bucket) => {
      const key = failuresKey({ bucket, projectId });
      const record = this.records.get(key);
      return record === undefined ? [] : failurePointOf(key, record);
    });
  }

  async failuresOfProjects(
    between: { first: string; last: string },
    limit: number,
    after?: FailurePlace,
  ): Promise<FailurePoint[]> {
    return this.between(failuresKeysBetween(between, after))
      .slice(0, limit)
      .map(([key, record]) => failurePointOf(key, record));
  }

  private between([start, end]: [string, string]): [string, AnySeriesRecord][] {
    return [...this.records]
      .filter(([key]) => key >= start && key < end)
      .sort(([one], [other]) => (one < other ? -1 : 1));
  }

  async checkpoint(projection: string): Promise<string | undefined> {
    return this.checkpoints.get(projection);
  }

  async parked(projection: string): Promise<ParkedStream[]> {
    return [...this.parkedStreams.values()].filter((parked) => parked.projection === projection);
  }
}

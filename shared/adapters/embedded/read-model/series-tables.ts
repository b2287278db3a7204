import {
  failurePointOf,
  pointOf,
  seriesKeysBefore,
  type AnySeriesRecord,
} from '../../../core/ports/series-records.js';
import type { FailurePoint } from '../../../core/ports/task-failures.js';
import type { SeriesPoint } from '../../../core/ports/task-series.js';
import type { DerivedFolder } from '../derived-folder.js';
import { SealedValues } from './sealed-values.js';

/** Some hundred milliseconds' worth. */
const CHECKED_MAX = 5_000;
/** Under which key it stands from which day on the series is kept. */
const KEPT_FROM = 'from';

/** The series in the store. Everything here throws DamagedStoreError when what is read is not what was written. */
export class SeriesTables {
  private readonly records: SealedValues<AnySeriesRecord>;
  private readonly kept: SealedValues<string>;

  constructor(folder: DerivedFolder) {
    this.records = new SealedValues(folder, 'series');
    this.kept = new SealedValues(folder, 'seriesKept');
  }

  /** Looks whether the first records are what was written, so that none of them is missing unnoticed. */
  check(): void {
    for (const _ of this.records.range({ limit: CHECKED_MAX }));
    this.keptFrom();
  }

  /** As `TaskSeries.keptFrom`. */
  keptFrom(): string | undefined {
    return this.kept.get(KEPT_FROM);
  }

  get(key: string): AnySeriesRecord | undefined {
    return this.records.get(key);
  }

  /** The records from one key to before another, that pass a test. */
  points(start: string, end: string, limit: number, passes: (point: SeriesPoint) => boolean): SeriesPoint[] {
    const points: SeriesPoint[] = [];
    for (const { key, value } of this.records.range({ start, end })) {
      if (points.length === limit) break;
      const point = pointOf(key, value);
      if (passes(point)) points.push(point);
    }
    return points;
  }

  /** What failed, of the records from one key to before another. */
  failures(start: string, end: string, limit: number): FailurePoint[] {
    return [...this.records.range({ start, end, limit })].map(({ key, value }) => failurePointOf(key, value));
  }

  /** Belongs into a transaction, as the following do. */
  put(key: string, record: AnySeriesRecord): void {
    this.records.put(key, record);
  }

  putKeptFrom(day: string): void {
    this.kept.put(KEPT_FROM, day);
  }

  /** Takes some of what is from before a day away. Answers how much that was. */
  removeBefore(day: string, limit: number): number {
    const keys = seriesKeysBefore(day).flatMap(([start, end]) => [
      ...this.records.keys({ start, end, limit }),
    ]);
    for (const key of keys) this.records.remove(key);
    return keys.length;
  }

  clear(): void {
    this.records.clear();
    this.kept.clear();
  }
}

import type { FinalStatus } from '../domain/task.js';
import type { ProjectionProgress, ProjectionTarget } from './read-model.js';
import type { Failure, TaskFailures } from './task-failures.js';

/** How long each interval is, and how many characters of a time in RFC 3339 say which one it is in. */
const BUCKETS = {
  minute: { characters: 16, ms: 60_000 },
  hour: { characters: 13, ms: 3_600_000 },
  day: { characters: 10, ms: 86_400_000 },
} as const;

/** How long the intervals of a series are, in UTC. */
export type SeriesInterval = keyof typeof BUCKETS;

/** Every length. */
export const SERIES_INTERVALS = Object.keys(BUCKETS) as SeriesInterval[];

/** What is counted of a task, once each: that it was created, that it first started, and how it ended. */
export const SERIES_EVENTS = ['created', 'started', 'completed', 'failed', 'cancelled'] as const;

/** One of them. */
export type SeriesEvent = 'created' | 'started' | FinalStatus;

/** What one event of a task adds. */
export interface SeriesChange {
  /** The event's. */
  position: string;
  projectId: number;
  taskType: string;
  /** Absent where nothing is to be counted but a failure. */
  happened?: SeriesEvent;
  /** When: RFC 3339 with `Z` and milliseconds. */
  at: string;
  /** What failed, if anything did. */
  failure?: Failure;
}

/** How often each event happened; what is absent did not. */
export type SeriesCounts = Partial<Record<SeriesEvent, number>>;

/** Whose tasks are counted together: one project's, or all. */
export type SeriesScope = number | 'all';

/** What happened in one interval to the tasks of one scope. Only those in which anything did are there. */
export interface SeriesPoint {
  /** The interval, as `bucketOf` names it. */
  bucket: string;
  scope: SeriesScope;
  byType: ReadonlyMap<string, SeriesCounts>;
}

/** What a writer of series needs. */
export interface SeriesTarget extends ProjectionTarget<SeriesChange> {
  /**
   * Adds changes in the order of their events, and then writes parked streams and the checkpoint, as `TaskCounters.apply`
   * does. What happened before the day from which on the series is kept is left out.
   *
   * @throws TaskledgerError with the code `conflict` when a projector with a newer epoch has written.
   */
  apply(changes: readonly SeriesChange[], progress: ProjectionProgress): Promise<void>;

  /**
   * Keeps nothing from before a day, and takes nothing of it from now on. A day before the one that it is kept from already
   * changes nothing. What is there of the days before is gone when it answers.
   *
   * @param day In UTC: `2025-03-12`.
   */
  keepFrom(day: string): Promise<void>;
}

/**
 * How many tasks were created, started and ended in each minute, hour and day, of all projects and of each, by type, and with
 * which errors they failed in each hour; made from the ledger and good to be thrown away. It lives where the read model does,
 * and is closed with it.
 *
 * As with `TaskCounters` each record stands with the position up to which it counts and takes only changes after it, so that
 * events that are given again after a crash, in whatever batches, are counted once, without transactions.
 */
export interface TaskSeries extends SeriesTarget, TaskFailures {
  /** The day from which on everything is counted; `undefined` before the first `keepFrom`. */
  keptFrom(): Promise<string | undefined>;

  /** What happened in some intervals, of one scope, in their order. @param buckets At most `SERIES_BUCKETS_MAX`, ascending. */
  points(interval: SeriesInterval, buckets: readonly string[], scope: SeriesScope): Promise<SeriesPoint[]>;

  /**
   * What happened in each project, from one interval to another, by interval and project.
   *
   * @param limit How many at most: where there are more, as many as this.
   */
  pointsOfProjects(
    interval: SeriesInterval,
    between: { first: string; last: string },
    limit: number,
  ): Promise<SeriesPoint[]>;
}

/** How many intervals are asked for at once at most. */
export const SERIES_BUCKETS_MAX = 2_000;

/** The interval in which a time is, as a text: the beginning of the time. @param time RFC 3339 in UTC. */
export function bucketOf(interval: SeriesInterval, time: string): string {
  return time.slice(0, BUCKETS[interval].characters);
}

/** How long an interval is, in milliseconds. */
export function intervalMs(interval: SeriesInterval): number {
  return BUCKETS[interval].ms;
}

/** When an interval begins: RFC 3339 in UTC, such as `2025-03-12T10:00:00Z`. */
export function bucketStart(bucket: string): string {
  return `${bucket}${DAY_START.slice(bucket.length)}`;
}

const DAY_START = '0000-00-00T00:00:00Z';

/** The intervals from the one of a time on that begin before another, in their order. @param max How many at most. */
export function bucketsBetween(
  interval: SeriesInterval,
  fromMs: number,
  beforeMs: number,
  max: number,
): string[] {
  const { ms } = BUCKETS[interval];
  const buckets: string[] = [];
  for (let at = Math.floor(fromMs / ms) * ms; at < beforeMs && buckets.length < max; at += ms)
    buckets.push(bucketOf(interval, new Date(at).toISOString()));
  return buckets;
}

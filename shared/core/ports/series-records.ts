import {
  withFailures,
  type FailurePlace,
  type FailurePoint,
  type FailuresByType,
  type PlacedFailure,
} from './task-failures.js';
import {
  bucketOf,
  SERIES_INTERVALS,
  type SeriesChange,
  type SeriesCounts,
  type SeriesInterval,
  type SeriesPoint,
  type SeriesScope,
} from './task-series.js';

const PREFIXES: Readonly<Record<SeriesInterval, string>> = { minute: 'm', hour: 'h', day: 'd' };

/** Of the records of an hour of a project that hold its failures. */
const FAILURES_PREFIX = 'e';

const DIGITS = 16;

/** Under which key a record stands. Keys are ordered by length of interval, interval, and scope: all first. */
export function seriesKey(interval: SeriesInterval, bucket: string, scope: SeriesScope): string {
  return `${PREFIXES[interval]}${bucket} ${scope === 'all' ? 'all' : projectName(scope)}`;
}

/** The same of what failed in an hour of a project. */
export function failuresKey({ bucket, projectId }: FailurePlace): string {
  return `${FAILURES_PREFIX}${bucket} ${projectName(projectId)}`;
}

/** In the order of the ids. */
function projectName(projectId: number): string {
  const digits = String(projectId < 0 ? Number.MAX_SAFE_INTEGER + projectId : projectId);
  return `${projectId < 0 ? 'n' : 'p'}${digits.padStart(DIGITS, '0')}`;
}

/** Between which keys those of some intervals stand, from the first to the last; the second is excluded. */
export function seriesKeysBetween(
  interval: SeriesInterval,
  { first, last }: { first: string; last: string },
): [string, string] {
  return keysBetween(PREFIXES[interval], first, last);
}

/** The same of what failed. @param after Only those after this one. */
export function failuresKeysBetween(
  { first, last }: { first: string; last: string },
  after?: FailurePlace,
): [string, string] {
  const [start, end] = keysBetween(FAILURES_PREFIX, first, last);
  // No key is another one with something behind it.
  return [after === undefined ? start : `${failuresKey(after)} `, end];
}

function keysBetween(prefix: string, first: string, last: string): [string, string] {
  // After all that begins with the last one and a space.
  return [`${prefix}${first}`, `${prefix}${last}~`];
}

/** What a key names. */
export function seriesPlaceOf(key: string): Pick<SeriesPoint, 'bucket' | 'scope'> {
  const space = key.indexOf(' ');
  const [bucket, name] = [key.slice(1, space), key.slice(space + 1)];
  if (name === 'all') return { bucket, scope: 'all' };
  const digits = Number(name.slice(1));
  return { bucket, scope: name.startsWith('p') ? digits : digits - Number.MAX_SAFE_INTEGER };
}

/** A record as it is kept: JSON, with types as pairs, since they may have names that no member of an object can have. */
export interface SeriesRecord {
  /** Every event up to here is counted, and none after it. */
  position: string;
  byType: [taskType: string, counts: SeriesCounts][];
}

/** The same of what failed in an hour of a project. */
export interface FailuresRecord {
  position: string;
  byType: FailuresByType;
}

/** Whatever stands under a key. */
export type AnySeriesRecord = SeriesRecord | FailuresRecord;

/** The records that changes concern, each with its changes. @param keptFrom What happened before this day is left out. */
export function changesByRecord(
  changes: readonly SeriesChange[],
  keptFrom: string | undefined,
): Map<string, SeriesChange[]> {
  const byKey = new Map<string, SeriesChange[]>();
  for (const change of changes) {
    if (keptFrom !== undefined && bucketOf('day', change.at) < keptFrom) continue;
    for (const key of keysOf(change)) {
      const ofKey = byKey.get(key);
      if (ofKey === undefined) byKey.set(key, [change]);
      else ofKey.push(change);
    }
  }
  return byKey;
}

function keysOf({ projectId, at, happened, failure }: SeriesChange): string[] {
  const keys = failure === undefined ? [] : [failuresKey({ bucket: bucketOf('hour', at), projectId })];
  if (happened === undefined) return keys;
  for (const interval of SERIES_INTERVALS)
    for (const scope of ['all', projectId] as const)
      keys.push(seriesKey(interval, bucketOf(interval, at), scope));
  return keys;
}

/**
 * The record of a key with those changes that it does not have yet; `undefined` where it has all of them.
 *
 * @param position Of the last event that is covered, whether it changed anything or not.
 */
export function withChanges(
  key: string,
  record: AnySeriesRecord | undefined,
  changes: readonly SeriesChange[],
  position: string,
): AnySeriesRecord | undefined {
  const fresh = changes.filter((change) => record === undefined || change.position > record.position);
  if (fresh.length === 0) return undefined;
  if (key.startsWith(FAILURES_PREFIX)) {
    const { byType = [] } = (record ?? {}) as Partial<FailuresRecord>;
    return { position, byType: withFailures(byType, fresh as PlacedFailure[]) };
  }
  const { byType = [] } = (record ?? {}) as Partial<SeriesRecord>;
  return { position, byType: withCounts(byType, fresh) };
}

function withCounts(
  before: SeriesRecord['byType'],
  changes: readonly SeriesChange[],
): SeriesRecord['byType'] {
  const byType = new Map(before.map(([taskType, counts]) => [taskType, { ...counts }]));
  for (const { taskType, happened } of changes) {
    let counts = byType.get(taskType);
    if (counts === undefined) byType.set(taskType, (counts = {}));
    if (happened !== undefined) counts[happened] = (counts[happened] ?? 0) + 1;
  }
  return [...byType];
}

/** What is shown of a record. */
export function pointOf(key: string, record: AnySeriesRecord): SeriesPoint {
  return { ...seriesPlaceOf(key), byType: new Map((record as SeriesRecord).byType) };
}

/** The same of what failed. */
export function failurePointOf(key: string, record: AnySeriesRecord): FailurePoint {
  const { bucket, scope } = seriesPlaceOf(key);
  return { bucket, projectId: scope as number, byType: new Map((record as FailuresRecord).byType) };
}

/** The ranges of keys, the second excluded, in which everything from before a day stands. */
export function seriesKeysBefore(day: string): [string, string][] {
  return [...Object.values(PREFIXES), FAILURES_PREFIX].map((prefix) => [prefix, `${prefix}${day}`]);
}

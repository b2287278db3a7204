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

const DIGITS = 16;

/** Under which key a record stands. Keys are ordered by length of interval, interval, and scope: all first. */
export function seriesKey(interval: SeriesInterval, bucket: string, scope: SeriesScope): string {
  const prefix = PREFIXES[interval];
  if (scope === 'all') return `${prefix}${bucket} all`;
  const digits = String(scope < 0 ? Number.MAX_SAFE_INTEGER + scope : scope).padStart(DIGITS, '0');
  return `${prefix}${bucket} ${scope < 0 ? 'n' : 'p'}${digits}`;
}

/** Between which keys those of some intervals stand, from the first to the last; the second is excluded. */
export function seriesKeysBetween(
  interval: SeriesInterval,
  { first, last }: { first: string; last: string },
): [string, string] {
  const prefix = PREFIXES[interval];
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

/** The records that changes concern, each with its changes. @param keptFrom What happened before this day is left out. */
export function changesByRecord(
  changes: readonly SeriesChange[],
  keptFrom: string | undefined,
): Map<string, SeriesChange[]> {
  const byKey = new Map<string, SeriesChange[]>();
  for (const change of changes) {
    if (keptFrom !== undefined && bucketOf('day', change.at) < keptFrom) continue;
    for (const interval of SERIES_INTERVALS) {
      for (const scope of ['all', change.projectId] as const) {
        const key = seriesKey(interval, bucketOf(interval, change.at), scope);
        const ofKey = byKey.get(key);
        if (ofKey === undefined) byKey.set(key, [change]);
        else ofKey.push(change);
      }
    }
  }
  return byKey;
}

/**
 * A record with those changes that it does not have yet; `undefined` where it has all of them.
 *
 * @param position Of the last event that is covered, whether it changed anything or not.
 */
export function withChanges(
  record: SeriesRecord | undefined,
  changes: readonly SeriesChange[],
  position: string,
): SeriesRecord | undefined {
  const fresh = changes.filter((change) => record === undefined || change.position > record.position);
  if (fresh.length === 0) return undefined;
  const byType = new Map(record?.byType.map(([taskType, counts]) => [taskType, { ...counts }]));
  for (const { taskType, happened } of fresh) {
    let counts = byType.get(taskType);
    if (counts === undefined) byType.set(taskType, (counts = {}));
    counts[happened] = (counts[happened] ?? 0) + 1;
  }
  return { position, byType: [...byType] };
}

/** What is shown of a record. */
export function pointOf(key: string, { byType }: SeriesRecord): SeriesPoint {
  return { ...seriesPlaceOf(key), byType: new Map(byType) };
}

/** The ranges of keys, the second excluded, in which everything from before a day stands. */
export function seriesKeysBefore(day: string): [string, string][] {
  return Object.values(PREFIXES).map((prefix) => [prefix, `${prefix}${day}`]);
}

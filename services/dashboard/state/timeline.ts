import { effectiveTime } from '../../../shared/core/contracts/time.js';
import { isTaskEventType, STATUS_AFTER } from '../../../shared/core/domain/events.js';
import { isFinal } from '../../../shared/core/domain/task.js';
import type { History, HistoryEntry } from '../api/types.js';
import { timeMs } from './time.js';

/** One thing that happened to a task, or several reports of progress in a row. */
export interface TimelineItem {
  kind: 'event' | 'progress' | 'refused';
  /** Never the same for two items of a task, and the same each time. */
  id: string;
  /** `Started`, `Progress 10 → 80 of 100`, `Refused: completed`. */
  title: string;
  /** When it happened, RFC 3339: as its publisher said, or when it was recorded if that was earlier. Of several the last. */
  at: string;
  /** The day of `at`, `2025-03-12`, where it is another one than that of the item before it. */
  day: string | undefined;
  /**
   * From the event before it to `at`; `undefined` for the first, and for what was refused. Less than nothing where a
   * publisher's clock says so.
   */
  sinceMs: number | undefined;
  /** How much later than it happened it was recorded. */
  lateMs: number;
  attempt: number | undefined;
  /** Who said it: its source, and the principal where it is known. */
  who: string;
  /** What was said with it: a reason, a message, why it was refused. Of several the last that was said. */
  note: string;
  /** The entry that it stands for, the last of several. */
  entry: TimedEntry;
  /** The reports that are gathered in it, oldest first, each as it would stand by itself; empty for a single thing. */
  reports: readonly TimelineItem[];
}

/**
 * A task's history as one line of events, oldest first: the evidence stands where it came in. Evidence from before the first
 * event, where earlier ones are not loaded, waits for them.
 */
export function timelineOf({ events, evidence }: Pick<History, 'events' | 'evidence'>): TimelineItem[] {
  const told = timed(events);
  const [first] = told;
  const isPart = first !== undefined && first.revision > 0;
  const refused = timed(evidence).filter(
    ({ recorded_at: at }) => !isPart || at === NO_TIME || at >= first.recorded_at,
  );
  const all = [
    ...told.map((entry) => ({ entry, refused: false })),
    ...refused.map((entry) => ({ entry, refused: true })),
  ];
  // Sorting keeps the order of what was recorded at the same time; events come before what was refused then.
  all.sort((one, other) => one.entry.recorded_at.localeCompare(other.entry.recorded_at));
  let before: TimelineItem | undefined;
  const items: TimelineItem[] = [];
  for (const { entry, refused } of all) {
    if (refused) {
      items.push(refusedItem(entry));
      continue;
    }
    const sinceMs = before && timeMs(timeOf(entry)) - timeMs(before.at);
    before = isProgress(entry) ? progressItem(entry, sinceMs) : eventItem(entry, sinceMs);
    items.push(before);
  }
  return withDays(gathered(items));
}

/** Reports of progress in a row, of the same attempt, as one item each. */
function gathered(items: readonly TimelineItem[]): TimelineItem[] {
  const rows: TimelineItem[][] = [];
  for (const item of items) {
    const row = rows[rows.length - 1];
    const [first] = row ?? [];
    if (item.kind === 'progress' && first?.kind === 'progress' && first.attempt === item.attempt)
      row?.push(item);
    else rows.push([item]);
  }
  return rows.map(gatheredItem);
}

function gatheredItem(row: readonly TimelineItem[]): TimelineItem {
  const [first, last] = [row[0] as TimelineItem, row[row.length - 1] as TimelineItem];
  if (row.length === 1) return first;
  return {
    ...last,
    id: first.id,
    title: `Progress ${progressOf(first.entry)} → ${progressOf(last.entry)}${ofTotal(last.entry)}`,
    // To the last report, as `at` is, from the event before the first.
    sinceMs: first.sinceMs === undefined ? undefined : first.sinceMs + timeMs(last.at) - timeMs(first.at),
    note: row.findLast(({ note }) => note !== '')?.note ?? '',
    reports: withDays(row),
  };
}

function withDays(items: readonly TimelineItem[]): TimelineItem[] {
  let before: string | undefined;
  return items.map((item) => {
    const day = item.at.slice(0, 10);
    const isOther = day !== before;
    before = day;
    return isOther ? { ...item, day } : item;
  });
}

/** An entry with a time to stand at. */
type TimedEntry = HistoryEntry & { recorded_at: string };

/** A damaged event has no time of its own: it stands at the time of the one before it, or else of the one after it. */
function timed(entries: readonly HistoryEntry[]): TimedEntry[] {
  let last = entries.find(({ recorded_at }) => recorded_at !== null)?.recorded_at ?? NO_TIME;
  return entries.map((entry) => ({ ...entry, recorded_at: (last = entry.recorded_at ?? last) }));
}

const NO_TIME = new Date(0).toISOString();

/** One run of a task: from a start to what ended it. */
export interface Attempt {
  attempt: number;
  /** When it started, or else since when it is known to have run. */
  startedAt: string;
  /** Whether it started before what is loaded. */
  startedEarlier: boolean;
  /** `undefined` while it runs. */
  endedAt: string | undefined;
  /** `completed`, `failed`, `cancelled`, `given up` (the next one started), or `running`. */
  end: string;
}

/** The runs of a task, oldest first. A task that ended before it started has none. */
export function attemptsOf(events: readonly HistoryEntry[]): Attempt[] {
  const attempts: Attempt[] = [];
  const told = timed(events);
  const [first] = told;
  for (const entry of told) {
    const { attempt, type, after } = entry;
    if (attempt === null || attempt === 0) continue;
    const at = timeOf(entry);
    let current = attempts[attempts.length - 1];
    if (current?.attempt !== attempt) {
      if (current?.end === 'running') Object.assign(current, { endedAt: at, end: 'given up' });
      const startedEarlier = current === undefined && entry === first && entry.revision > 0;
      current = { attempt, startedAt: at, startedEarlier, endedAt: undefined, end: 'running' };
      attempts.push(current);
    }
    // The same attempt once more, after a crash.
    if (type === 'TaskStarted') Object.assign(current, { endedAt: undefined, end: 'running' });
    if (type === 'TaskAttemptFailed') Object.assign(current, { endedAt: at, end: 'failed' });
    if (endsTask(type)) Object.assign(current, { endedAt: at, end: after?.status ?? 'ended' });
  }
  return attempts;
}

/** Whether nothing follows an event of this type. */
function endsTask(type: string): boolean {
  return isTaskEventType(type) && isFinal(STATUS_AFTER[type]);
}

function eventItem(entry: TimedEntry, sinceMs: number | undefined): TimelineItem {
  return {
    ...common('event', entry, sinceMs),
    title: titleOf(entry),
    note:
      entry.damage ??
      (textOf(entry, 'reason') || firstLine(textOf(entry, 'error_message')) || textOf(entry, 'message')),
  };
}

/** The task's error stands by itself, with all its lines; a history says which it was. */
function firstLine(text: string): string {
  const [line = '', ...others] = text.trimStart().split('\n');
  return others.some((other) => other.trim() !== '') ? `${line.trimEnd()} …` : line;
}

function progressItem(entry: TimedEntry, sinceMs: number | undefined): TimelineItem {
  return {
    ...common('progress', entry, sinceMs),
    title: `Progress ${progressOf(entry)}${ofTotal(entry)}`,
    note: textOf(entry, 'message'),
  };
}

/** Whether it reports progress, and not a message alone. */
function isProgress({ type, data }: HistoryEntry): boolean {
  return type === 'TaskProgressed' && data.progress !== undefined;
}

function progressOf(entry: TimedEntry): string {
  return textOf(entry, 'progress');
}

function ofTotal({ after }: TimedEntry): string {
  return after === null || after.total === 0 ? '' : ` of ${after.total}`;
}

function refusedItem(entry: TimedEntry): TimelineItem {
  const shared = common('refused', entry, undefined);
  if (entry.type === 'TaskEvidenceCounted') {
    return {
      ...shared,
      title: 'Further events refused',
      note: `${textOf(entry, 'counted')} beyond those kept here`,
    };
  }
  if (entry.damage !== undefined) return { ...shared, title: titleOf(entry), note: entry.damage };
  if (entry.type === 'TaskCancelAcknowledged')
    return { ...shared, title: 'Cancel acknowledged', note: textOf(entry, 'reason') };
  const refused = textOf(entry, 'refused').replace(/^task\./, '');
  return { ...shared, title: `Refused: ${refused}`, note: textOf(entry, 'explanation') };
}

function common(
  kind: TimelineItem['kind'],
  entry: TimedEntry,
  sinceMs: number | undefined,
): Omit<TimelineItem, 'title' | 'note'> {
  return {
    kind,
    id: `${kind}-${entry.revision}`,
    at: timeOf(entry),
    day: undefined,
    sinceMs,
    lateMs: lateMs(entry),
    attempt: entry.attempt ?? undefined,
    who: whoOf(entry),
    entry,
    reports: [],
  };
}

/** `Started`; a type that is not known here stays as it is. */
function plainName(type: string): string {
  if (type === 'TaskProgressed') return 'Progress';
  if (type === 'TaskAttemptFailed') return 'Attempt failed';
  if (type === 'TaskWentSilent') return 'Went silent';
  if (type === 'TaskHeardAgain') return 'Heard again';
  return isTaskEventType(type) ? type.slice('Task'.length) : type;
}

function titleOf(entry: HistoryEntry): string {
  const { type, attempt, damage } = entry;
  if (damage !== undefined) return 'Unreadable';
  if (type === 'TaskProgressed') return ['Message', textOf(entry, 'level')].filter(Boolean).join(', ');
  const title = plainName(type);
  return type === 'TaskStarted' && attempt !== null && attempt > 1 ? `${title}, attempt ${attempt}` : title;
}

function timeOf({ occurred_at, recorded_at }: TimedEntry): string {
  return effectiveTime(occurred_at, recorded_at);
}

function lateMs(entry: TimedEntry): number {
  return timeMs(entry.recorded_at) - timeMs(timeOf(entry));
}

/** The principal is named only where there is one: without a login everybody is `anonymous`. */
function whoOf({ source, principal }: HistoryEntry): string {
  const by = principal === '' || principal === 'anonymous' ? '' : ` by ${principal}`;
  return `${source === 'taskledger:cancel' ? 'the Tasks API' : source}${by}`;
}

function textOf({ data, erased }: HistoryEntry, member: string): string {
  if (erased.includes(member)) return `(${member} erased)`;
  const value = data[member];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

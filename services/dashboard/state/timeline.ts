import type { History, HistoryEntry } from '../api/types.js';
import { effectiveTime } from '../../../shared/contracts/time.js';
import { timeMs } from './time.js';

/** One thing that happened to a task, or several reports of progress in a row. */
export interface TimelineItem {
  kind: 'event' | 'progress' | 'refused';
  /** Never the same for two items of a task, and the same each time. */
  id: string;
  /** `Started`, `Progress 10 → 80 of 100`, `Refused: completed`. */
  title: string;
  /** When it happened, RFC 3339: as its publisher said, or when it was recorded if that was earlier. Of progress the last. */
  at: string;
  /** Since the event before it; `undefined` for the first, and for what was refused. */
  sinceMs: number | undefined;
  /** How much later than it happened it was recorded. */
  lateMs: number;
  attempt: number | undefined;
  /** Who said it: its source, and the principal where it is known. */
  who: string;
  /** What was said with it: a reason, a message, why it was refused. */
  note: string;
  /** The entries that it stands for, oldest first. */
  entries: readonly TimedEntry[];
}

const TITLES: Readonly<Record<string, string>> = {
  TaskCreated: 'Created',
  TaskStarted: 'Started',
  TaskProgressed: 'Progress',
  TaskCompleted: 'Completed',
  TaskFailed: 'Failed',
  TaskCancelled: 'Cancelled',
};

/** A task's history as one line of events, oldest first: the evidence stands where it came in. */
export function timelineOf({ events, evidence }: Pick<History, 'events' | 'evidence'>): TimelineItem[] {
  const all = [
    ...timed(events).map((entry) => ({ entry, refused: false })),
    ...timed(evidence).map((entry) => ({ entry, refused: true })),
  ];
  // Sorting keeps the order of what was recorded at the same time; events come before what was refused then.
  all.sort((one, other) => one.entry.recorded_at.localeCompare(other.entry.recorded_at));
  const items: TimelineItem[] = [];
  for (const { entry, refused } of all) {
    const last = items[items.length - 1];
    const progress = !refused && entry.type === 'TaskProgressed';
    const attempt = entry.attempt ?? undefined;
    if (progress && last?.kind === 'progress' && last.attempt === attempt) {
      items[items.length - 1] = progressItem([...last.entries, entry], last.sinceMs);
      continue;
    }
    if (refused) {
      items.push(refusedItem(entry));
      continue;
    }
    const before = items.findLast(({ kind }) => kind !== 'refused');
    const sinceMs = before && timeMs(timeOf(entry)) - timeMs(before.at);
    items.push(progress ? progressItem([entry], sinceMs) : eventItem(entry, sinceMs));
  }
  return items;
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
  startedAt: string;
  /** `undefined` while it runs. */
  endedAt: string | undefined;
  /** `completed`, `failed`, `cancelled`, `given up` (the next one started), or `running`. */
  end: string;
}

/** The runs of a task, oldest first. A task that ended before it started has none. */
export function attemptsOf(events: readonly HistoryEntry[]): Attempt[] {
  const attempts: Attempt[] = [];
  for (const entry of timed(events)) {
    const { attempt, type, after } = entry;
    if (attempt === null || attempt === 0) continue;
    const at = timeOf(entry);
    let current = attempts[attempts.length - 1];
    if (current?.attempt !== attempt) {
      if (current !== undefined) Object.assign(current, { endedAt: at, end: 'given up' });
      current = { attempt, startedAt: at, endedAt: undefined, end: 'running' };
      attempts.push(current);
    }
    if (FINAL_TYPES.has(type)) Object.assign(current, { endedAt: at, end: after?.status ?? 'ended' });
  }
  return attempts;
}

const FINAL_TYPES: ReadonlySet<string> = new Set(['TaskCompleted', 'TaskFailed', 'TaskCancelled']);

function eventItem(entry: TimedEntry, sinceMs: number | undefined): TimelineItem {
  return {
    ...common('event', entry, sinceMs),
    title: titleOf(entry),
    note:
      entry.damage ?? (textOf(entry, 'reason') || textOf(entry, 'error_message') || textOf(entry, 'message')),
  };
}

function progressItem(entries: readonly TimedEntry[], sinceMs: number | undefined): TimelineItem {
  const [first, last] = [entries[0] as TimedEntry, entries[entries.length - 1] as TimedEntry];
  const from = entries.length === 1 ? '' : `${String(first.data.progress)} → `;
  const total = last.after?.total ?? 0;
  return {
    ...common('progress', first, sinceMs),
    title: `Progress ${from}${String(last.data.progress)}${total === 0 ? '' : ` of ${total}`}`,
    at: timeOf(last),
    lateMs: lateMs(last),
    note: textOf(last, 'message'),
    entries,
  };
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
  const refused = textOf(entry, 'refused').replace(/^task\./, '');
  return { ...shared, title: `Refused: ${refused}`, note: textOf(entry, 'explanation') };
}

function common(kind: TimelineItem['kind'], entry: TimedEntry, sinceMs: number | undefined) {
  return {
    kind,
    id: `${kind}-${entry.revision}`,
    at: timeOf(entry),
    sinceMs,
    lateMs: lateMs(entry),
    attempt: entry.attempt ?? undefined,
    who: whoOf(entry),
    entries: [entry],
  };
}

function titleOf({ type, attempt, damage }: HistoryEntry): string {
  if (damage !== undefined) return 'Unreadable';
  const title = TITLES[type] ?? type;
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

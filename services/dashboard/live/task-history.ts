import type { History, HistoryEntry } from '../api/types.js';

/** Asks for a part of a history: its events, and its evidence, each from a revision on. */
export type AskHistory = (
  query: string,
) => Promise<{ history: Pick<History, 'events' | 'evidence' | 'fault'>; next: string | undefined }>;

/** What is loaded of a task's history: its events from one on without a gap, and all of its evidence. */
export interface LoadedHistory {
  events: readonly HistoryEntry[];
  evidence: readonly HistoryEntry[];
  /** What is wrong with the first loaded event that does not verify; empty while all do. */
  fault: string;
}

/** Nothing of it. */
export const NO_HISTORY: LoadedHistory = { events: [], evidence: [], fault: '' };

/** How many events of a long history are loaded at a time. */
export const HISTORY_PART = 500;

/** A revision that no stream reaches. */
const BEYOND = Number.MAX_SAFE_INTEGER - 1;

/**
 * What is loaded with what has come since. Where that is more than a part, the newest part takes its place: a task can tell
 * more than anybody reads, and the newest is what one wants to know.
 */
export async function withNewer(loaded: LoadedHistory, ask: AskHistory): Promise<LoadedHistory> {
  const [fromRevision, fromEvidence] = [revisionAfter(loaded.events), revisionAfter(loaded.evidence)];
  const { history, next } = await ask(queryOf(fromRevision, fromEvidence, HISTORY_PART));
  const first: LoadedHistory = {
    events: [...loaded.events, ...history.events],
    evidence: [...loaded.evidence, ...history.evidence],
    fault: loaded.fault || (history.fault ?? ''),
  };
  if (next === undefined) return first;
  const evidence = await entriesFrom('evidence', revisionAfter(first.evidence), BEYOND, ask);
  const last = revisionAfter(first.events) - 1;
  const near = last < 0 ? last : await revisionNearEnd(last, ask);
  const from = Math.max(last + 1, near - HISTORY_PART);
  const events = await entriesFrom('events', from, BEYOND, ask);
  return {
    events: from === last + 1 ? [...first.events, ...events.entries] : events.entries,
    evidence: [...first.evidence, ...evidence.entries],
    fault: first.fault || events.fault || evidence.fault,
  };
}

/** What is loaded with the part before its first event. */
export async function withEarlier(loaded: LoadedHistory, ask: AskHistory): Promise<LoadedHistory> {
  const before = loaded.events[0]?.revision ?? 0;
  const { entries, fault } = await entriesFrom('events', Math.max(0, before - HISTORY_PART), before, ask);
  return { ...loaded, events: [...entries, ...loaded.events], fault: loaded.fault || fault };
}

/** Whether there are events before those that are loaded. */
export function hasEarlier({ events }: LoadedHistory): boolean {
  return (events[0]?.revision ?? 0) > 0;
}

/**
 * A revision that is there and after which no more than a part follow. An answer does not say how long a history is, so its
 * end is looked for in steps that double, and then halve.
 */
async function revisionNearEnd(known: number, ask: AskHistory): Promise<number> {
  const isThere = async (revision: number): Promise<boolean> =>
    (await ask(queryOf(revision, BEYOND, 1))).history.events.length > 0;
  let [low, step] = [known, HISTORY_PART];
  while (await isThere(low + step)) [low, step] = [low + step, step * 2];
  let high = low + step;
  while (high - low > HISTORY_PART) {
    const middle = Math.floor((low + high) / 2);
    if (await isThere(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Entries of one kind from a revision up to, but not including, another; pages end early where entries are large. */
async function entriesFrom(
  kind: 'events' | 'evidence',
  from: number,
  before: number,
  ask: AskHistory,
): Promise<{ entries: HistoryEntry[]; fault: string }> {
  const entries: HistoryEntry[] = [];
  let fault = '';
  for (let at = from; at < before; at = revisionAfter(entries)) {
    const limit = Math.min(HISTORY_PART, before - at);
    const query = kind === 'events' ? queryOf(at, BEYOND, limit) : queryOf(BEYOND, at, limit);
    const { history, next } = await ask(query);
    entries.push(...history[kind]);
    fault ||= history.fault ?? '';
    if (next === undefined || history[kind].length === 0) break;
  }
  return { entries, fault };
}

function queryOf(fromRevision: number, fromEvidence: number, limit: number): string {
  return `limit=${limit}&from_revision=${fromRevision}&from_evidence=${fromEvidence}`;
}

function revisionAfter(entries: readonly HistoryEntry[]): number {
  return (entries[entries.length - 1]?.revision ?? -1) + 1;
}

import { dateOf } from './task-json.js';
import type { JsonObject, TaskStatus } from './types.js';

/** Something that happened to a task, as it is on record. */
export interface HistoryEntry {
  /** Whether it was refused and is kept as evidence only. */
  isEvidence: boolean;
  /** Its place in the task, from 0. */
  revision: number;
  /** Its place in the ledger; opaque, and ordered as text. */
  position: string;
  /** Such as `TaskCompleted`. */
  type: string;
  /** What the publisher said, if it did. */
  occurredAt: Date | null;
  recordedAt: Date | null;
  source: string;
  eventId: string;
  attempt: number | null;
  principal: string;
  hash: string;
  /** The hash of the event before it; empty for the first. */
  prev: string;
  /** Why it can't be read, if it can't: nothing but its place is known then. */
  damage?: string;
  /** What was said, its members as they are on record. */
  data: JsonObject;
  /** Which members of `data` have been erased. */
  erased: string[];
  /** The state after it, its members as they are on record. */
  after: (JsonObject & { status: TaskStatus }) | null;
  metadata: Record<string, string>;
}

/** A history as the API sends it. */
export interface WireHistory {
  events: WireHistoryEntry[];
  evidence: WireHistoryEntry[];
}

type Same = 'revision' | 'position' | 'type' | 'source' | 'attempt' | 'principal' | 'hash' | 'prev' | 'data';

interface WireHistoryEntry extends Pick<HistoryEntry, Same | 'damage' | 'erased' | 'after' | 'metadata'> {
  occurred_at: string | null;
  recorded_at: string | null;
  event_id: string;
}

/** An entry as the client shows it. */
export function historyEntryOf(wire: WireHistoryEntry, isEvidence: boolean): HistoryEntry {
  const { occurred_at, recorded_at, event_id, ...same } = wire;
  return {
    isEvidence,
    ...same,
    occurredAt: occurred_at === null ? null : dateOf(occurred_at),
    recordedAt: recorded_at === null ? null : dateOf(recorded_at),
    eventId: event_id,
  };
}

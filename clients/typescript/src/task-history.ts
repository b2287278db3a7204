import type { TaskStatus } from './types.js';
import type * as Wire from './wire.js';
import { shown, type Shown } from './wire-form.js';

/** Something that happened to a task, as it is on record. */
export interface HistoryEntry extends Omit<Shown<Wire.HistoryEntry>, 'after'> {
  /** Whether it was refused and is kept as evidence only. */
  isEvidence: boolean;
  /** The state after it, its members as they are on record. */
  after: (Wire.JsonObject & { status: TaskStatus }) | null;
}

/** An entry as the client shows it. */
export function historyEntryOf(wire: Wire.HistoryEntry, isEvidence: boolean): HistoryEntry {
  return { isEvidence, ...shown(wire) } as HistoryEntry;
}

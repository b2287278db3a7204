import type { RecordedEvent } from '../../shared/core/ports/event-store.js';

/** What an engine makes of events: pure, and the same however often an event comes. */
export interface Projection<Change> {
  /** Under which its checkpoint and its parked streams stand, its version included. */
  readonly name: string;
  /** Only events of streams whose name starts so concern it. */
  readonly streamPrefix: string;
  /** As `LedgerWork.gatherMs`. */
  readonly gatherMs: number;
  /** As `LedgerWork.gatherFromEvents`. */
  readonly gatherFromEvents?: number;
  /** How many events are gathered before they are written, as long as there are more at once; 0 for each batch. */
  readonly gatherEvents: number;
  /**
   * Whether a change still counts when the checkpoint is behind its event already. Then a parked stream is taken up again by
   * the first program that can read it; otherwise only by one that builds everything again.
   */
  readonly takesLateChanges: boolean;
  /** What one event changes; `undefined` for nothing. Whatever it throws parks the event's stream. */
  project(event: RecordedEvent): Change | undefined;
  /** What stands for changes in the order of their events: as few as possible. */
  merge(changes: readonly Change[]): readonly Change[];
}

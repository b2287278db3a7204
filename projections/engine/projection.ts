import type { RecordedEvent } from '../../shared/ports/event-store.js';
import type { TaskChange } from '../../shared/ports/read-model.js';

/** What an engine makes of events: pure, and the same however often an event comes. */
export interface Projection {
  /** Under which its checkpoint and its parked streams stand, its version included. */
  readonly name: string;
  /** Only events of streams whose name starts so concern it. */
  readonly streamPrefix: string;
  /** What one event changes. Whatever it throws parks the event's stream. */
  project(event: RecordedEvent): TaskChange;
  /** One change for each document, out of changes in the order of their events. */
  merge(changes: readonly TaskChange[]): TaskChange[];
}

import type * as Wire from './wire.js';

export type {
  Cancellation,
  CountsByStatus as StatusCounts,
  Errors,
  Stats,
  Task as TaskDetail,
  TaskError,
  TaskItem,
  TaskOutcome as CancellationTask,
} from './wire.js';

/** One entry of a task's history, as far as the page looks into the state after it. */
export interface HistoryEntry extends Omit<Wire.HistoryEntry, 'after'> {
  after: Pick<Wire.TaskItem, 'status' | 'progress' | 'total'> | null;
}

/** A task's history, or a part of it. */
export interface History extends Omit<Wire.History, 'events' | 'evidence'> {
  events: HistoryEntry[];
  evidence: HistoryEntry[];
}

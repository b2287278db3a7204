/** What pipelines in TypeScript and JavaScript publish with. Node 20.3 or newer. */
export { TaskledgerClient } from './taskledger-client.js';
export type { BufferOptions, TaskledgerClientOptions } from './client-options.js';
export type { ReportedTask } from './reported-task.js';
export {
  BufferFullError,
  TaskCancelledError,
  TaskledgerClosedError,
  TaskledgerRefusedError,
  TaskledgerUnavailableError,
} from './errors.js';
export type { Cancellation, CancellationOutcome, Cancellations } from './cancellations.js';
export type { RunOptions } from './run-options.js';
export type { RetryPolicy } from './retries.js';
export type { HistoryEntry } from './task-history.js';
export type { ListInclude, StreamInclude } from './task-query.js';
export type { ListOrder, ListQuery, Moment, TaskChange, TaskPage, WatchQuery } from './task-reads.js';
export type { ProjectStats, StatusCounts, TaskStats, TypeStats } from './task-stats.js';
export type {
  Choice,
  CompletionOutcome,
  EventOutcome,
  JsonObject,
  JsonValue,
  MessageLevel,
  Task,
  TaskCreation,
  TaskDetail,
  TaskFilter,
  TaskRun,
  TaskStatus,
} from './types.js';

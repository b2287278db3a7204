/** What pipelines in TypeScript and JavaScript publish with. Node 20 or newer, no dependency. */
export { TaskledgerClient, type TaskledgerClientOptions, type TaskRun } from './taskledger-client.js';
export { ReportedTask } from './reported-task.js';
export { TaskCancelledError, TaskledgerRefusedError, TaskledgerUnavailableError } from './errors.js';
export type { RetryPolicy } from './retries.js';
export type {
  EventOutcome,
  JsonObject,
  JsonValue,
  TaskCreation,
  TaskDetail,
  TaskItem,
  TaskStatus,
} from './types.js';

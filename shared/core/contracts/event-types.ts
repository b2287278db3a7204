import { STATUS_AFTER, type TaskEventType } from '../domain/events.js';
import { isFinal } from '../domain/task.js';

/** As which type publishers send each stored one. */
const PUBLISHED_TYPES = {
  TaskCreated: 'task.created',
  TaskStarted: 'task.started',
  TaskProgressed: 'task.progressed',
  TaskAttemptFailed: 'task.attempt_failed',
  TaskCompleted: 'task.completed',
  TaskFailed: 'task.failed',
  TaskCancelled: 'task.cancelled',
} as const satisfies Partial<Record<TaskEventType, string>>;

/** As which type each stored one is told to others: what only the ledger itself says as well. */
export const SENT_TYPES = {
  ...PUBLISHED_TYPES,
  TaskWentSilent: 'task.went_silent',
  TaskHeardAgain: 'task.heard_again',
} as const satisfies Record<TaskEventType, string>;

/** The type of a lifecycle event as publishers send it: what is stored as `TaskCreated` is `task.created` there. */
export type LifecycleEventType = (typeof PUBLISHED_TYPES)[keyof typeof PUBLISHED_TYPES];

/** Each of them with the name under which it is stored. */
export const STORED_TYPES = new Map(
  Object.entries(PUBLISHED_TYPES).map(([stored, type]) => [type, stored as TaskEventType]),
);

/** The types of lifecycle events. */
export const LIFECYCLE_EVENT_TYPES: readonly LifecycleEventType[] = [...STORED_TYPES.keys()];

const FINAL_TYPES: ReadonlySet<unknown> = new Set(
  [...STORED_TYPES].filter(([, stored]) => isFinal(STATUS_AFTER[stored])).map(([type]) => type),
);

/** Whether a lifecycle event of this type ends its task. */
export function isFinalType(type: unknown): boolean {
  return FINAL_TYPES.has(type);
}

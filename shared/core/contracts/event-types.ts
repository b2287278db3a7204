import { STATUS_AFTER, type TaskEventType } from '../domain/events.js';
import { isFinal } from '../domain/task.js';

/** As which type each stored one is sent. */
export const SENT_TYPES = {
  TaskCreated: 'task.created',
  TaskStarted: 'task.started',
  TaskProgressed: 'task.progressed',
  TaskAttemptFailed: 'task.attempt_failed',
  TaskCompleted: 'task.completed',
  TaskFailed: 'task.failed',
  TaskCancelled: 'task.cancelled',
} as const satisfies Record<TaskEventType, string>;

/** The type of a lifecycle event as it is sent: what is stored as `TaskCreated` is `task.created` there. */
export type LifecycleEventType = (typeof SENT_TYPES)[TaskEventType];

/** The types of lifecycle events. */
export const LIFECYCLE_EVENT_TYPES: readonly LifecycleEventType[] = Object.values(SENT_TYPES);

const FINAL_TYPES: ReadonlySet<unknown> = new Set(
  (Object.keys(SENT_TYPES) as TaskEventType[])
    .filter((stored) => isFinal(STATUS_AFTER[stored]))
    .map((stored) => SENT_TYPES[stored]),
);

/** Whether a lifecycle event of this type ends its task. */
export function isFinalType(type: unknown): boolean {
  return FINAL_TYPES.has(type);
}

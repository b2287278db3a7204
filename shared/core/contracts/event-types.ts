import { STATUS_AFTER, TASK_EVENT_TYPES, type TaskEventType } from '../domain/events.js';
import { isFinal } from '../domain/task.js';

/** The type of a lifecycle event as it is sent: what is stored as `TaskCreated` is `task.created` there. */
export type LifecycleEventType = Sent<TaskEventType>;

type Sent<Stored> = Stored extends `Task${infer What}` ? `task.${Lowercase<What>}` : never;

/** As which type each stored one is sent. */
export const SENT_TYPES = Object.fromEntries(
  TASK_EVENT_TYPES.map((stored) => [stored, `task.${stored.slice('Task'.length).toLowerCase()}`]),
) as { [Stored in TaskEventType]: Sent<Stored> };

/** The types of lifecycle events. */
export const LIFECYCLE_EVENT_TYPES: readonly LifecycleEventType[] = Object.values(SENT_TYPES);

const FINAL_TYPES: ReadonlySet<unknown> = new Set(
  TASK_EVENT_TYPES.filter((stored) => isFinal(STATUS_AFTER[stored])).map((stored) => SENT_TYPES[stored]),
);

/** Whether a lifecycle event of this type ends its task. */
export function isFinalType(type: unknown): boolean {
  return FINAL_TYPES.has(type);
}

import type { JsonObject } from './json.js';
import type { CreationFacts, EventOrigin, TaskSnapshot, TaskStatus } from './task.js';

/** What each type of event says happened, without the state after it. Named as it is stored. */
export interface TaskEventFacts {
  TaskCreated: CreationFacts;
  TaskStarted: { attempt?: number; total?: number };
  TaskProgressed: { progress: number; attempt?: number; total?: number; message?: string };
  TaskCompleted: { attempt?: number; result?: JsonObject };
  TaskFailed: { attempt?: number; error_message: string | undefined };
  TaskCancelled: { attempt?: number; reason?: string };
}

/** The name under which a type of event is stored. */
export type TaskEventType = keyof TaskEventFacts;

/** One fact about a task. */
export type TaskFact = {
  [Type in TaskEventType]: {
    type: Type;
    facts: TaskEventFacts[Type];
    origin: EventOrigin;
    namespace: string;
    taskId: number;
    /** The effective time: the earlier of what the publisher said and what our clock said. */
    at: string;
  };
}[TaskEventType];

/** A fact together with the state after it: what the ledger holds. */
export type TaskEvent = TaskFact & { after: TaskSnapshot };

/** The state that each type of event leads to. */
export const STATUS_AFTER: Readonly<Record<TaskEventType, TaskStatus>> = {
  TaskCreated: 'pending',
  TaskStarted: 'running',
  TaskProgressed: 'running',
  TaskCompleted: 'completed',
  TaskFailed: 'failed',
  TaskCancelled: 'cancelled',
};

/** Every type of event, for checks at run time. */
export const TASK_EVENT_TYPES = Object.keys(STATUS_AFTER) as readonly TaskEventType[];

/** Whether a stored type is one that this version knows. */
export function isTaskEventType(type: string): type is TaskEventType {
  return (TASK_EVENT_TYPES as readonly string[]).includes(type);
}

/** An event type that this version does not know: never skipped in silence. */
export class UnknownEventTypeError extends Error {
  readonly code = 'unknown_event_type';

  constructor(readonly type: string) {
    super(`Unknown event type ${JSON.stringify(type)}; known are ${TASK_EVENT_TYPES.join(', ')}`);
  }
}

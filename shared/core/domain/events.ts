import type { JsonObject } from './json.js';
import type { CreationFacts, EventOrigin, TaskSnapshot, TaskStatus } from './task.js';

/** What each type of event says happened, without the state after it. Named as it is stored. */
export interface TaskEventFacts {
  TaskCreated: CreationFacts;
  TaskStarted: { attempt?: number; total?: number; worker?: string; heartbeat_s?: number };
  /** With neither progress nor total it is a message alone, which changes nothing. */
  TaskProgressed: {
    progress?: number;
    attempt?: number;
    total?: number;
    message?: string | undefined;
    level?: MessageLevel;
  };
  /** An attempt failed and another one will come. */
  TaskAttemptFailed: FailureFacts & {
    /** When it comes, as far as that is known: RFC 3339 with `Z` and milliseconds. */
    retry_at?: string;
  };
  /** A running task was not heard of for as long as its publisher has promised. Only the ledger itself says so. */
  TaskWentSilent: {
    /** When something was last heard, as far as that is known: RFC 3339 with `Z` and milliseconds. */
    last_heard_at: string;
  };
  /** A task that was silent has a heartbeat again. Any other event says that by itself. */
  TaskHeardAgain: Record<never, never>;
  TaskCompleted: { attempt?: number; result?: JsonObject };
  TaskFailed: FailureFacts;
  TaskCancelled: { attempt?: number; reason?: string };
}

/** How much a message matters, from the least on. */
export const MESSAGE_LEVELS = ['debug', 'info', 'warning', 'error'] as const;

/** One of them; a message without one is `info`. */
export type MessageLevel = (typeof MESSAGE_LEVELS)[number];

/** What an attempt failed of. What may have to be forgotten is `undefined` once it was. */
interface FailureFacts {
  attempt?: number;
  error_message: string | undefined;
  error_type?: string;
  error_stack?: string | undefined;
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

/** The state that each type of event leads to; a message alone leaves a task that is pending as it is. */
export const STATUS_AFTER: Readonly<Record<TaskEventType, TaskStatus>> = {
  TaskCreated: 'pending',
  TaskStarted: 'running',
  TaskProgressed: 'running',
  TaskAttemptFailed: 'pending',
  TaskWentSilent: 'running',
  TaskHeardAgain: 'running',
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

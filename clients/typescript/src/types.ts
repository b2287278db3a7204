import type { Cancellation, CreateTaskRequest, JsonObject, TaskItem } from './wire.js';
import type { Shown } from './wire-form.js';

export type { JsonObject, JsonValue } from './wire.js';

/** A task as a list or a stream shows it. What may be absent is there only where `include` asked for it. */
export type Task = Shown<TaskItem>;

/** The state a task is in. */
export type TaskStatus = Task['status'];

/** A task with all that is known of it. */
export type TaskDetail = Required<Task>;

/** What a task is created with. */
export interface TaskCreation
  extends Omit<Shown<CreateTaskRequest>, keyof CreationMembers | 'heartbeatS'>, CreationMembers {}

/** Its members as they are said here. */
interface CreationMembers {
  projectId: number;
  /** `search`, `dedup`, `crawl`, `ocr`, `index` or `keyword_expand`, unless the server was set up with more. */
  taskType: string;
  /** An object that JSON can carry; one of an interface or a class too. */
  params?: object;
  /** Total steps, where it is known beforehand. */
  total?: number;
  /** A flat map of at most 32: names of `a`–`z`, digits, `_`, `.`, `-` and `/`, values of 1 to 256 characters. For good. */
  labels?: Record<string, string>;
  /** The task that this one is a part of: its id in digits or its key. It may come later. */
  parent?: string;
  /** The task that this one tries again after its end, said likewise. */
  retryOf?: string;
  /** `fail`: Taskledger fails it once it was silent for three times as long as promised (the client's `heartbeatS`). */
  whenSilent?: 'fail';
  /** When it ought to be done. A string is one of RFC 3339. */
  dueAt?: Date | string;
  /**
   * The publisher's own name for the task, 1 to 512 bytes with at least one character that is no digit. A task that was
   * created under it before, with equal data, is taken up again.
   */
  key?: string;
}

/** How much a message matters; `info` where it is not said. */
export type MessageLevel = 'debug' | 'info' | 'warning' | 'error';

/** A value, or with `!` before it all but this value. */
export type Choice<Value extends string> = Value | `!${Value}`;

/**
 * Which tasks are meant; all conditions together. Of several plain values of `status` or `taskType` any may hold; negated
 * ones are taken away from them, or from everything where there are only negated ones.
 */
export interface TaskFilter extends Omit<
  Shown<Cancellation['filter']>,
  'status' | 'taskType' | 'createdAfter' | 'createdBefore' | LaterTime
> {
  projectId?: number;
  status?: Choice<TaskStatus> | readonly Choice<TaskStatus>[];
  taskType?: string | readonly string[];
  /** From this second on; a string as in RFC 3339. */
  createdAfter?: Date | string;
  /** Before this second. */
  createdBefore?: Date | string;
  /** Exactly this key. */
  key?: string;
  /** Whole segments of a path, with a `/` at the end: `crawl/2025-03-12/`. */
  keyPrefix?: string;
  /** From this second on, and before this one; what has not ended, or is not due, is not meant. */
  endedAfter?: Date | string;
  endedBefore?: Date | string;
  /** Of the first start. */
  startedAfter?: Date | string;
  startedBefore?: Date | string;
  dueBefore?: Date | string;
}

type LaterTime = 'endedAfter' | 'endedBefore' | 'startedAfter' | 'startedBefore' | 'dueBefore';

/** What became of one event that was sent. */
export interface EventOutcome {
  eventId: string | null;
  /**
   * `accepted` and `duplicate` (it was there already) are on disk at the server. `kept`: Taskledger is away; the event is
   * in the buffer and is sent as soon as it is back.
   */
  outcome: 'accepted' | 'duplicate' | 'rejected' | 'unavailable' | 'kept';
  taskId: number | null;
  /** 200 for accepted and duplicate, else 400, 404, 409 or 503. */
  code: number;
  /** Why, as a stable code (`docs/reasons.md`); `undefined` where something else than Taskledger refused it. */
  reason: string | undefined;
  message: string;
  /** Of what is on disk: a read with `min_position=` of it shows the event; `null` of all else. */
  position: string | null;
}

/** What became of a completion. */
export interface CompletionOutcome extends EventOutcome {
  /** The result as it was sent: as JSON has it, or what stands for one that is not on record. */
  result: JsonObject;
}

/**
 * How a task that `run` took care of ended, or, `pending`, how an attempt of a queue did that will try again. `recorded` is false while its end is only in the buffer. `result` is what the task
 * shows, so an object, and `error` the very thing that was thrown.
 */
export type TaskRun = { id: number | undefined; recorded: boolean } & (
  | { status: 'completed'; result: JsonObject }
  | { status: 'failed' | 'pending'; error: unknown }
  | { status: 'cancelled' }
);

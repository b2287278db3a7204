/** A value that JSON can carry. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object: what `params` and `result` are. */
export interface JsonObject {
  [member: string]: JsonValue | undefined;
}

/** The state a task is in. */
export type TaskStatus = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

/** A task as a list or a stream shows it. */
export interface Task {
  id: number;
  projectId: number;
  taskType: string;
  status: TaskStatus;
  progress: number;
  /** Total steps; 0 means unknown. */
  total: number;
  /** To the second. */
  createdAt: Date;
  /** The publisher's own name for it. Here and below: only where `include` asked for it. */
  key?: string | null;
  /** How often it was started. */
  attempt?: number;
  startedAt?: Date | null;
  /** When it ended, however it ended. */
  completedAt?: Date | null;
  params?: JsonObject;
  /** `{}` until the task completed. */
  result?: JsonObject;
  /** `''` unless the task failed. */
  errorMessage?: string;
}

/** A task with all that is known of it. */
export type TaskDetail = Required<Task>;

/** What a task is created with. */
export interface TaskCreation {
  projectId: number;
  /** `search`, `dedup`, `crawl`, `ocr`, `index` or `keyword_expand`, unless the server was set up with more. */
  taskType: string;
  /** An object that JSON can carry; one of an interface or a class too. */
  params?: object;
  /** Total steps, where it is known beforehand. */
  total?: number;
  /**
   * The publisher's own name for the task, 1 to 512 bytes with at least one character that is no digit. A task that was
   * created under it before, with equal data, is taken up again.
   */
  key?: string;
}

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
  message: string;
}

/** What became of a completion. */
export interface CompletionOutcome extends EventOutcome {
  /** The result as it was sent: as JSON has it, or what stands for one that is not on record. */
  result: JsonObject;
}

/**
 * How a task that `run` took care of ended. `recorded` is false while its end is only in the buffer. `result` is what the task
 * shows, so an object, and `error` the very thing that was thrown.
 */
export type TaskRun = { id: number | undefined; recorded: boolean } & (
  { status: 'completed'; result: JsonObject } | { status: 'failed'; error: unknown } | { status: 'cancelled' }
);

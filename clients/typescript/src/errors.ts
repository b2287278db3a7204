/** Taskledger gave no answer, or said that it can't right now. Trying later is safe. */
export class TaskledgerUnavailableError extends Error {
  override readonly name = 'TaskledgerUnavailableError';
  readonly code = 'unavailable';

  /** @param retryAfterMs How long the server asked to wait, where it did. */
  constructor(
    message: string,
    readonly retryAfterMs?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Taskledger refused what was sent; sending the same again will be refused again. */
export class TaskledgerRefusedError extends Error {
  override readonly name = 'TaskledgerRefusedError';
  readonly code = 'refused';

  /**
   * @param status The HTTP status, or the code of the event's outcome: 400, 404, 409 or 413 as a rule.
   * @param reason Taskledger's stable code for why (`docs/reasons.md`); `undefined` where something else refused it.
   */
  constructor(
    message: string,
    readonly status: number,
    readonly reason?: string,
  ) {
    super(message);
  }
}

/** The reason of a task's `signal` once the task was cancelled: by whom and why, as far as that is known. */
export class TaskCancelledError extends Error {
  override readonly name = 'TaskCancelledError';
  readonly code = 'task_cancelled';

  /** Why, where it was said. */
  readonly reason: string | undefined;
  /** Who, as it is on record: whom the cancel named, or who was checked. Over NATS it is not known. */
  readonly actor: string | undefined;

  constructor(
    readonly taskId: number | undefined,
    { reason, actor }: { reason?: string | undefined; actor?: string | undefined } = {},
  ) {
    const what = taskId === undefined ? 'The task was cancelled' : `Task ${taskId} was cancelled`;
    super(reason === undefined ? what : `${what}: ${reason}`);
    this.reason = reason;
    this.actor = actor;
  }
}

/** The buffer was full for as long as a new task may wait: nothing of the task was recorded or begun. */
export class BufferFullError extends Error {
  override readonly name = 'BufferFullError';
  readonly code = 'buffer_full';
}

/** The client ended, or could not be closed without losing what is in its memory. */
export class TaskledgerClosedError extends Error {
  override readonly name = 'TaskledgerClosedError';
  readonly code = 'closed';

  /** @param unsent How many events were lost with the client. */
  constructor(
    message: string,
    readonly unsent = 0,
  ) {
    super(message);
  }
}

/** Taskledger gave no answer, or said that it can't right now, as often as was tried. Trying later is safe. */
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

  /** @param status The HTTP status, or the code of the event's outcome: 400, 404 or 409 as a rule. */
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** The reason of a task's `signal` once the task was cancelled. */
export class TaskCancelledError extends Error {
  override readonly name = 'TaskCancelledError';
  readonly code = 'task_cancelled';

  constructor(readonly taskId: number) {
    super(`Task ${taskId} was cancelled`);
  }
}

import { TaskCancelledError } from './errors.js';
import type { TaskStatus } from './types.js';

/**
 * Hears of a task's cancel by asking for its status again and again while it runs. While Taskledger can't be reached
 * nothing is heard; the next answer tells.
 */
export class CancelWatch {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #watching = false;

  /** @param status Asks for the task's status; an error counts as "not known now". */
  constructor(
    private readonly taskId: number,
    private readonly pollIntervalMs: number,
    private readonly status: () => Promise<TaskStatus>,
  ) {}

  /** Aborted, with a `TaskCancelledError` as its reason, once the task is known to be cancelled. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Begins to ask, each time `pollIntervalMs` after the last answer. */
  start(): void {
    if (this.#watching || this.signal.aborted) return;
    this.#watching = true;
    this.#schedule();
  }

  /** Stops asking. */
  stop(): void {
    this.#watching = false;
    clearTimeout(this.#timer);
  }

  /** Asks once, now. */
  async check(): Promise<void> {
    const status = await this.status().catch(() => undefined);
    if (status !== 'cancelled' || this.signal.aborted) return;
    this.stop();
    this.#controller.abort(new TaskCancelledError(this.taskId));
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      void this.check().then(() => {
        if (this.#watching) this.#schedule();
      });
    }, this.pollIntervalMs);
    // Watching alone is no reason for the worker's process to stay.
    this.#timer.unref();
  }
}

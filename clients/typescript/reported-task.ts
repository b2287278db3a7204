import type { CancelWatch } from './cancel-watch.js';
import type { Outbox } from './outbox.js';
import { taskEvent, type TaskEventType } from './task-event.js';
import type { EventOutcome, JsonObject } from './types.js';

/**
 * A task that this process works on and reports about. Its events arrive in the order in which the methods were
 * called. The promises resolve with the event's outcome once it is in the ledger for good; `rejected` is an answer too
 * (somebody else was first with a final event, say) and throws nothing.
 *
 * All of them throw `TaskledgerUnavailableError` when no answer could be had after all retries.
 */
export class ReportedTask {
  /** Aborted once the task is known to be cancelled; hand it on to whatever does the work. */
  readonly signal: AbortSignal;
  #finished = false;

  constructor(
    readonly id: number,
    private readonly source: string,
    private readonly outbox: Outbox,
    private readonly watch: CancelWatch,
  ) {
    this.signal = watch.signal;
    this.signal.addEventListener('abort', () => outbox.dropProgress(), { once: true });
  }

  /** The work begins; from now on the task's cancel is watched for. */
  async started(facts: { total?: number } = {}): Promise<EventOutcome> {
    const outcome = await this.#push('task.started', facts);
    if (outcome.outcome !== 'rejected') this.watch.start();
    return outcome;
  }

  /**
   * The work has come to `progress` of `total` steps; both are ints and `progress` never goes back. Costs next to
   * nothing and never waits, so call it as often as you like: the newest report wins, at most four a second are sent.
   */
  progressed(progress: number, facts: { total?: number; message?: string } = {}): void {
    if (this.signal.aborted || this.#finished) return;
    this.outbox.report(this.#event('task.progressed', { progress, ...facts }));
  }

  /** The work is done. Taskledger keeps at most 256 KiB of an event. */
  completed(result: JsonObject = {}): Promise<EventOutcome> {
    return this.#finish('task.completed', { result });
  }

  /** The work failed. */
  failed(errorMessage: string): Promise<EventOutcome> {
    return this.#finish('task.failed', { error_message: errorMessage });
  }

  /** The worker gives the work up on its own account; after a cancel by somebody else there is nothing to report. */
  cancelled(reason?: string): Promise<EventOutcome> {
    return this.#finish('task.cancelled', reason === undefined ? {} : { reason });
  }

  async #finish(type: TaskEventType, data: JsonObject): Promise<EventOutcome> {
    this.#finished = true;
    try {
      return await this.#push(type, data);
    } finally {
      // Also when no answer came: nobody would ever end it then.
      this.watch.stop();
    }
  }

  #push(type: TaskEventType, data: JsonObject): Promise<EventOutcome> {
    return this.outbox.push(this.#event(type, data));
  }

  #event(type: TaskEventType, data: JsonObject) {
    return taskEvent(this.source, type, String(this.id), data);
  }
}

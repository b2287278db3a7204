import { BATCH_EVENTS_MAX, type TaskEvent } from './task-event.js';
import type { EventOutcome } from './types.js';

/** At most four progress reports a second leave for a task. */
export const PROGRESS_INTERVAL_MS = 250;

interface Waiting {
  event: TaskEvent;
  resolve: (outcome: EventOutcome) => void;
  reject: (error: unknown) => void;
}

/**
 * The events of one task on their way out: in order, one request at a time, so that a retry is never overtaken.
 * Progress is thinned out: only the newest report waits, at most one leaves every `PROGRESS_INTERVAL_MS`, and what is
 * still held leaves just before the next event that is no progress.
 */
export class Outbox {
  readonly #waiting: Waiting[] = [];
  #sending = false;
  #held: TaskEvent | undefined;
  #timer: NodeJS.Timeout | undefined;
  #progressFrom = 0;

  /** @param send Sends events in their order, with its own retries. */
  constructor(private readonly send: (events: TaskEvent[]) => Promise<EventOutcome[]>) {}

  /**
   * Puts an event in line; resolves with its outcome.
   *
   * @throws whatever `send` threw for it; RangeError when too many are waiting.
   */
  push(event: TaskEvent): Promise<EventOutcome> {
    this.#release();
    if (this.#waiting.length >= BATCH_EVENTS_MAX) {
      return Promise.reject(
        new RangeError(`At most ${BATCH_EVENTS_MAX} events of a task may wait to be sent`),
      );
    }
    return this.#enqueue(event);
  }

  /** Takes a progress report and returns at once; it leaves when it is due, unless a newer one comes first. */
  report(event: TaskEvent): void {
    this.#held = event;
    this.#timer ??= setTimeout(() => this.#release(), Math.max(0, this.#progressFrom - Date.now()));
  }

  /** Forgets the progress report that is held, if any. */
  dropProgress(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#held = undefined;
  }

  #release(): void {
    const event = this.#held;
    this.dropProgress();
    if (event === undefined) return;
    this.#progressFrom = Date.now() + PROGRESS_INTERVAL_MS;
    const last = this.#waiting.at(-1);
    // While a request is out, or being retried, the reports behind it would pile up: the newest takes the others' place.
    if (last?.event.type === 'task.progressed') last.event = event;
    // Nobody waits for a report: one that could not be sent is made up for by the next.
    else this.#enqueue(event).catch(() => {});
  }

  #enqueue(event: TaskEvent): Promise<EventOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, resolve, reject });
      void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    // What is put in line in the same turn leaves in the same request.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_EVENTS_MAX);
      try {
        const outcomes = await this.send(batch.map(({ event }) => event));
        batch.forEach(({ resolve }, at) => resolve(outcomes[at] as EventOutcome));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#sending = false;
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { TaskledgerClosedError, TaskledgerRefusedError, TaskledgerUnavailableError } from './errors.js';
import type { EventQueue, QueuedEvent } from './event-queue.js';
import { Outage } from './outage.js';
import { retryDelayMs, type RetryPolicy } from './retries.js';
import { withSubject, type TaskEvent } from './task-event.js';
import type { TaskLane } from './task-lane.js';
import type { Transport } from './transport.js';
import type { EventOutcome } from './types.js';

/** What the sender is told about waiting. */
export interface SenderSettings {
  retry: RetryPolicy;
  /** For how long there has to be no answer until whoever waits for one is told that the event is kept. */
  awayAfterMs: number;
  warn: (message: string, code: string) => void;
}

/**
 * Sends what is in the queue, one request at a time, so that a retry is never overtaken, until everything is answered. What
 * is sent again is the same bytes under the same event id.
 */
export class EventSender {
  #draining = false;
  #failures = 0;
  #pause = new AbortController();
  #laneTimer: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #onSettled = new Set<() => void>();
  readonly #outage: Outage;

  constructor(
    private readonly queue: EventQueue,
    private readonly transport: Transport,
    private readonly settings: SenderSettings,
  ) {
    this.#outage = new Outage(settings.awayAfterMs, (reason) => this.#away(reason));
  }

  /**
   * Hands an event over. Resolves with what Taskledger answered; or, while it is away, with `kept`.
   *
   * @param waitMsMax How long the event may wait for room in the queue.
   * @throws BufferFullError, what the file system threw, or TaskledgerClosedError: then the event was not taken.
   */
  async send(lane: TaskLane, event: TaskEvent, waitMsMax?: number): Promise<EventOutcome> {
    if (this.#closed) throw new TaskledgerClosedError('The client is closed');
    let awaited = true;
    const { promise, resolve, reject } = deferred<EventOutcome>();
    const settle = (outcome: EventOutcome): void => {
      resolve(outcome);
      if (outcome.outcome === 'rejected' && !awaited) lane.onRejected(event.type, outcome);
    };
    const keep = (): void => {
      awaited = false;
      const message = 'Taskledger is away; the event is sent when it is back';
      const taskId = lane.taskId ?? null;
      const why = { code: 503, reason: 'unavailable', message, position: null };
      resolve({ eventId: event.id, outcome: 'kept', taskId, ...why });
    };
    const entry: QueuedEvent = { event, lane, settle, keep, lose: reject };
    await this.queue.put(entry, waitMsMax);
    if (lane.refusal !== undefined) this.#settle(entry, { ...lane.refusal, eventId: event.id });
    else if (this.#outage.lasts) keep();
    this.#wake();
    return promise;
  }

  /**
   * Hands a progress report or a message over, for which nobody waits; while there is no room it is dropped. Newer progress
   * makes up for progress that waits, and takes its place.
   */
  report(lane: TaskLane, event: TaskEvent, isMessage = false): void {
    if (this.#closed || lane.refusal !== undefined) return;
    const settle = (outcome: EventOutcome): void => {
      if (outcome.outcome === 'rejected') lane.onRejected(event.type, outcome);
    };
    const entry = { event, lane, settle, ...NOBODY };
    (isMessage ? this.queue.putMessage(entry) : this.queue.putProgress(entry)).then(
      () => this.#wake(),
      (error: Error) =>
        this.settings.warn(`Progress could not be kept: ${error.message}`, 'TASKLEDGER_BUFFER'),
    );
  }

  /** Takes up what an earlier process has left. @returns once it is in the queue, and on disk. */
  restore(events: readonly { lane: TaskLane; event: TaskEvent }[]): Promise<void> {
    const restored = events.map(({ lane, event }) => {
      lane.onRejected = (type, { message }) =>
        this.settings.warn(`${type} of an earlier process was refused: ${message}`, 'TASKLEDGER_REFUSED');
      const settle = (outcome: EventOutcome): void => {
        if (outcome.outcome === 'rejected') lane.onRejected(event.type, outcome);
      };
      return { event, lane, settle, ...NOBODY };
    });
    return this.queue.restore(restored).then(() => this.#wake());
  }

  /** Sends what waits now, without waiting for the next try. @returns whether everything was answered in time. */
  async flush(timeoutMs: number): Promise<boolean> {
    // While it is flushed, the process stays.
    const deadlineMs = performance.now() + timeoutMs;
    for (const { lane } of this.queue.entries()) lane.notBeforeMs = 0;
    this.#failures = 0;
    this.#pause.abort();
    this.#wake();
    while (this.queue.size > 0 && performance.now() < deadlineMs) {
      const { promise, resolve } = deferred<void>();
      this.#onSettled.add(resolve);
      const timer = setTimeout(resolve, deadlineMs - performance.now());
      await promise;
      clearTimeout(timer);
      this.#onSettled.delete(resolve);
    }
    return this.queue.size === 0;
  }

  /** Takes and sends no more. @returns how many events are lost by it. */
  stop(): number {
    this.#closed = true;
    clearTimeout(this.#laneTimer);
    this.#outage.ended();
    this.#pause.abort();
    return this.queue.end(new TaskledgerClosedError('The client was closed before the event could be sent'));
  }

  #wake(): void {
    if (!this.#draining && !this.#closed) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    clearTimeout(this.#laneTimer);
    // What is handed over in the same turn leaves in the same request.
    await Promise.resolve();
    for (;;) {
      const batch = this.#closed ? [] : this.queue.next(performance.now());
      if (batch.length === 0) break;
      await this.#attempt(batch);
    }
    this.#draining = false;
    this.#wakeForLanes();
  }

  /** Tasks that are held back while others are not are tried again later. */
  #wakeForLanes(): void {
    let earliestMs = Infinity;
    for (const { lane } of this.queue.entries())
      if (lane.failures > 0) earliestMs = Math.min(earliestMs, lane.notBeforeMs);
    if (earliestMs === Infinity || this.#closed) return;
    // Those whose times are near each other are tried together, not in a request each.
    const waitMs = Math.max(1, this.settings.retry.retryDelayMsMin, earliestMs - performance.now());
    this.#laneTimer = setTimeout(() => this.#wake(), waitMs).unref();
  }

  /** Sends a batch once. @returns whether it was answered. */
  async #attempt(batch: QueuedEvent[]): Promise<boolean> {
    const texts = batch.map(({ event, lane }) =>
      event.type === 'task.created' ? event.text : withSubject(event.text, lane.taskId as number),
    );
    let outcomes: EventOutcome[];
    this.#outage.begins();
    try {
      outcomes = await this.transport.send(texts);
    } catch (error) {
      if (error instanceof TaskledgerRefusedError) {
        this.#outage.ended();
        return this.#refused(batch, error);
      }
      await this.#failed(error as Error);
      return false;
    }
    const unavailable = new Set<TaskLane>();
    batch.forEach((entry, at) => {
      const outcome = outcomes[at] as EventOutcome;
      if (outcome.outcome === 'unavailable') unavailable.add(entry.lane);
      else this.#answered(entry, outcome);
    });
    // Each task has a time of its own to be tried again; one that can't be written must not hold up the others.
    for (const lane of unavailable) this.#holdBack(lane);
    if (outcomes.every(({ outcome }) => outcome === 'unavailable')) {
      this.#outage.failed(outcomes[0]?.message ?? '');
      return false;
    }
    this.#outage.ended();
    this.#failures = 0;
    return true;
  }

  /** Which event of a refused request was to blame shows when each is sent alone. */
  async #refused(batch: QueuedEvent[], refusal: TaskledgerRefusedError): Promise<boolean> {
    const [first] = batch as [QueuedEvent];
    if (batch.length === 1) {
      const { event, lane } = first;
      const outcome = { eventId: event.id, outcome: 'rejected', taskId: lane.taskId ?? null } as const;
      const { status: code, reason, message } = refusal;
      this.#settle(first, { ...outcome, code, reason, message, position: null });
      return true;
    }
    for (const entry of batch) if (!(await this.#attempt([entry]))) return false;
    return true;
  }

  #holdBack(lane: TaskLane): void {
    const nowMs = performance.now();
    lane.notBeforeMs = nowMs + retryDelayMs(this.settings.retry, ++lane.failures);
    lane.failedSinceMs ??= nowMs;
    if (nowMs - lane.failedSinceMs < this.settings.awayAfterMs) return;
    for (const { keep } of this.queue.entries(lane)) keep();
  }

  #answered(entry: QueuedEvent, outcome: EventOutcome): void {
    const { lane } = entry;
    lane.failures = 0;
    lane.failedSinceMs = undefined;
    if (outcome.outcome !== 'rejected' && outcome.taskId !== null && lane.taskId === undefined)
      this.queue.known(lane, outcome.taskId);
    this.#settle(entry, outcome);
  }

  #settle(entry: QueuedEvent, outcome: EventOutcome): void {
    this.queue.remove(entry);
    entry.settle(outcome);
    for (const settled of this.#onSettled) settled();
    if (entry.event.type !== 'task.created' || outcome.outcome !== 'rejected') return;
    // What follows a creation that was refused is about no task.
    entry.lane.refusal = outcome;
    for (const later of [...this.queue.entries(entry.lane)])
      this.#settle(later, { ...outcome, eventId: later.event.id });
  }

  /** There was no answer: everything waits until the next try. */
  async #failed(error: Error): Promise<void> {
    this.#outage.failed(error.message);
    const retryAfterMs = error instanceof TaskledgerUnavailableError ? error.retryAfterMs : undefined;
    const waitMs = retryDelayMs(this.settings.retry, ++this.#failures, retryAfterMs);
    this.#pause = new AbortController();
    if (this.#closed) return;
    // Waiting alone is no reason for the worker's process to stay; what is left then is flushed at its exit.
    await delay(waitMs, undefined, { ref: false, signal: this.#pause.signal }).catch(() => {});
  }

  /** Nobody waits any more. */
  #away(reason: string): void {
    const kept = `Taskledger can't be reached; ${this.queue.size} events are kept`;
    this.settings.warn(`${kept}: ${reason}`, 'TASKLEDGER_AWAY');
    for (const { keep } of this.queue.entries()) keep();
  }
}

/** Nobody waits for the answer. */
const NOBODY = { keep: () => {}, lose: () => {} };

function deferred<Value>() {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<Value>((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
}

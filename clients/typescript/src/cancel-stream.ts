import { setTimeout as delay } from 'node:timers/promises';
import type { JsonHttp } from './json-http.js';
import { presentCancel } from './present-cancel.js';
import { presentStatus, shownStatus } from './present-status.js';
import { resumingStream } from './resuming-stream.js';
import type { RetryPolicy } from './retries.js';
import type { CancelFacts } from './transport.js';

/** How long the stream is kept when no task is watched any more: the next one mostly begins soon. */
const IDLE_MS_MAX = 5_000;

/** How long after the server has refused the stream it is asked for again. */
const REFUSED_WAIT_MS = 60_000;

/**
 * Hears of cancels over HTTP: by one event stream of all tasks that become cancelled, for all tasks that are watched. What
 * may have happened before the stream was there, or while it can't be had, is found out by asking for each task.
 */
export class CancelStream {
  readonly #watched = new Map<number, Set<(cancel: CancelFacts) => void>>();
  #closing: AbortController | undefined;
  #idle: NodeJS.Timeout | undefined;
  #open = false;
  #asked: Promise<void> = Promise.resolve();

  constructor(
    private readonly http: JsonHttp,
    private readonly retry: RetryPolicy,
    private readonly pollIntervalMs: number,
  ) {}

  /** Calls `onCancelled` once, when the task is known to be cancelled. Answers how to stop. */
  watch(taskId: number, onCancelled: (cancel: CancelFacts) => void): () => void {
    const told = this.#watched.get(taskId) ?? new Set();
    this.#watched.set(taskId, told.add(onCancelled));
    clearTimeout(this.#idle);
    this.#start();
    return () => {
      told.delete(onCancelled);
      if (told.size > 0 || this.#watched.get(taskId) !== told) return;
      this.#watched.delete(taskId);
      if (this.#watched.size === 0) this.#idle = setTimeout(() => this.close(), IDLE_MS_MAX).unref();
    };
  }

  /** Ends the stream. */
  close(): void {
    clearTimeout(this.#idle);
    this.#closing?.abort();
    this.#closing = undefined;
  }

  #start(): void {
    if (this.#closing !== undefined) return;
    this.#closing = new AbortController();
    void this.#listen(this.#closing.signal);
    void this.#pollWhileLost(this.#closing.signal);
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const url = this.http.url('/api/v1/tasks/stream?status=cancelled');
    while (!signal.aborted) {
      try {
        const stream = resumingStream(url, {
          retry: this.retry,
          signal,
          keepsProcess: false,
          onOpen: (resumed) => {
            this.#open = true;
            // Of what came before it the stream says nothing, and the details may not show it yet.
            if (!resumed) void this.#askAll(presentStatus, signal);
          },
          onLost: () => (this.#open = false),
        });
        for await (const { event, data } of stream)
          if (event === 'task') void this.#heard((JSON.parse(data) as { id: number }).id);
      } catch {
        // A server without such a stream may be replaced by one that has it.
        await delay(REFUSED_WAIT_MS, undefined, { ref: false, signal }).catch(() => {});
      }
    }
    this.#open = false;
  }

  async #pollWhileLost(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(this.pollIntervalMs, undefined, { ref: false, signal }).catch(() => {});
      if (!this.#open && !signal.aborted) await this.#askAll(shownStatus, signal);
    }
  }

  /** Asks for each watched task, one after the other. */
  #askAll(statusOf: typeof shownStatus, signal: AbortSignal): Promise<void> {
    return (this.#asked = this.#asked.then(async () => {
      for (const taskId of this.#watched.keys()) if (!signal.aborted) await this.#ask(statusOf, taskId);
    }));
  }

  async #ask(statusOf: typeof shownStatus, taskId: number): Promise<void> {
    try {
      if ((await statusOf(this.http, taskId)) === 'cancelled') void this.#heard(taskId);
    } catch {
      // Not known now; while the stream is away it is asked again.
    }
  }

  /** Who watches is told with what is known of the cancel, which is asked for now. */
  async #heard(taskId: number): Promise<void> {
    const told = this.#watched.get(taskId);
    if (told === undefined) return;
    this.#watched.delete(taskId);
    const cancel = await presentCancel(this.http, taskId);
    for (const onCancelled of told) onCancelled(cancel);
  }
}

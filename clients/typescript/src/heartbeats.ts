import { errorText } from './error-text.js';
import { TaskledgerUnavailableError } from './errors.js';
import type { JsonHttp } from './json-http.js';

/** The longest promise that Taskledger takes: a week, in seconds. */
const HEARTBEAT_S_MAX = 7 * 86_400;

/** How many tasks one request may name. */
const TASKS_MAX = 1_000;

/** How often within the promised time, so that one that is lost breaks no promise. */
const BEATS_PER_PROMISE = 3;

/**
 * Keeps the promise that each running task of this client is heard of at least so often: one request for all of them, three times
 * as often. Work that holds up the event loop holds this up too: that it hangs is what its silence is to show.
 */
export class Heartbeats {
  readonly #tasks = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #underWay = false;
  #warned = false;

  /** @throws TypeError when `promiseS` is not a promise that can be made. */
  constructor(
    private readonly http: JsonHttp,
    /** At least so often each task is heard of, in seconds. */
    readonly promiseS: number,
    private readonly warn: (message: string, code: string) => void,
  ) {
    if (!Number.isSafeInteger(promiseS) || promiseS < 1 || promiseS > HEARTBEAT_S_MAX)
      throw new TypeError(`heartbeatS must be an int from 1 to ${HEARTBEAT_S_MAX}, not ${promiseS}`);
  }

  /** The task runs. @returns what to call when it does not any more. */
  begin(taskId: number): () => void {
    this.#tasks.add(taskId);
    // Who works keeps the process itself.
    this.#timer ??= setInterval(() => void this.#beat(), (this.promiseS * 1_000) / BEATS_PER_PROMISE).unref();
    return () => {
      this.#tasks.delete(taskId);
      if (this.#tasks.size === 0) this.close();
    };
  }

  /** Beats no more, unless another task begins. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #beat(): Promise<void> {
    if (this.#underWay) return;
    this.#underWay = true;
    const tasks = [...this.#tasks].map(String);
    try {
      for (let at = 0; at < tasks.length; at += TASKS_MAX) await this.#send(tasks.slice(at, at + TASKS_MAX));
      this.#warned = false;
    } catch (error) {
      // The next one makes up for it; while Taskledger is away, that is warned of already.
      if (error instanceof TaskledgerUnavailableError || this.#warned) return;
      this.#warned = true;
      this.warn(`Heartbeats are refused: ${errorText(error)}`, 'TASKLEDGER_HEARTBEAT');
    } finally {
      this.#underWay = false;
    }
  }

  async #send(tasks: string[]): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    await this.http.data('POST', '/api/v1/heartbeats', JSON.stringify({ tasks }), headers);
  }
}

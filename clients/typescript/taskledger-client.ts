import { randomUUID } from 'node:crypto';
import { CancelWatch } from './cancel-watch.js';
import { TaskledgerRefusedError } from './errors.js';
import { JsonHttp } from './json-http.js';
import { Outbox } from './outbox.js';
import { ReportedTask } from './reported-task.js';
import { DEFAULT_RETRY_POLICY, withRetries, type RetryPolicy } from './retries.js';
import { sendEvents, taskEvent } from './task-event.js';
import type { EventOutcome, JsonObject, TaskCreation, TaskDetail, TaskItem } from './types.js';

/** Where Taskledger is and how it is talked to. */
export interface TaskledgerClientOptions {
  /** Such as `http://127.0.0.1:8000`. */
  url: string;
  /** Who publishes: CloudEvents' `source`, a URI or a path such as `/pipelines/papers`; not `taskledger:…`. */
  source: string;
  /** How long one request may take. */
  requestTimeoutMs?: number;
  /** How long after each answer a running task's status is asked for again, to hear of its cancel. */
  cancelPollIntervalMs?: number;
  retry?: Partial<RetryPolicy>;
}

/** How a task that `run` took care of ended. */
export type TaskRun =
  | { id: number; status: 'completed'; result: JsonObject }
  | { id: number; status: 'failed'; error: unknown }
  | { id: number; status: 'cancelled' };

/**
 * Publishes what happens to tasks, over HTTP. Each event has an id of its own by which Taskledger recognises it, and all
 * that is retried in here is sent under the same id. Whether something took effect that ended with
 * `TaskledgerUnavailableError` is not known; called again it is another event, but for a creation with a key.
 */
export class TaskledgerClient {
  readonly #http: JsonHttp;
  readonly #source: string;
  readonly #retry: RetryPolicy;
  readonly #cancelPollIntervalMs: number;

  /** @throws TypeError when `url` is no URL. */
  constructor(options: TaskledgerClientOptions) {
    this.#http = new JsonHttp(options.url, options.requestTimeoutMs ?? 10_000);
    this.#source = options.source;
    this.#retry = { ...DEFAULT_RETRY_POLICY, ...options.retry };
    this.#cancelPollIntervalMs = options.cancelPollIntervalMs ?? 1_000;
  }

  /**
   * Creates a task by a `task.created` event. With a key, a task that was created under it with equal data before, by
   * this process or another, is taken up again.
   *
   * @throws TaskledgerRefusedError when the data is not allowed, or the key stands for a task with other data (409).
   * @throws TaskledgerUnavailableError after all retries.
   */
  async createTask({ key, ...data }: TaskCreation): Promise<ReportedTask> {
    const created = taskEvent(this.#source, 'task.created', key, data);
    const [outcome] = (await sendEvents(this.#http, [created], this.#retry)) as [EventOutcome];
    if (outcome.outcome === 'rejected' || outcome.task_id === null) {
      throw new TaskledgerRefusedError(outcome.message, outcome.code);
    }
    const id = outcome.task_id;
    const watch = new CancelWatch(
      id,
      this.#cancelPollIntervalMs,
      async () => (await this.#fetchTask(id)).status,
    );
    const outbox = new Outbox(async (events) => {
      const outcomes = await sendEvents(this.#http, events, this.#retry);
      // The likeliest reason for a refusal is a cancel that has not been heard of yet.
      if (outcomes.some((each) => each.outcome === 'rejected')) await watch.check();
      return outcomes;
    });
    return new ReportedTask(id, this.#source, outbox, watch);
  }

  /**
   * Creates a task, does its work and reports how it ended: completed with what `work` returns, failed with the message
   * of what it throws. When the task is cancelled meanwhile, `task.signal` tells `work`, which should then throw or
   * return soon; whatever it does, the task stays cancelled.
   *
   * @throws TaskledgerRefusedError when the task can't be created, or was finished by somebody else.
   * @throws TaskledgerUnavailableError after all retries.
   */
  async run(creation: TaskCreation, work: (task: ReportedTask) => Promise<JsonObject>): Promise<TaskRun> {
    const task = await this.createTask(creation);
    const { id } = task;
    const stands = (outcome: EventOutcome): boolean => {
      if (task.signal.aborted) return false;
      if (outcome.outcome !== 'rejected') return true;
      throw new TaskledgerRefusedError(`Task ${id}: ${outcome.message}`, outcome.code);
    };
    if (!stands(await task.started())) return { id, status: 'cancelled' };
    let result: JsonObject;
    try {
      result = await work(task);
    } catch (error) {
      if (task.signal.aborted) return { id, status: 'cancelled' };
      const failed = await task.failed(error instanceof Error ? error.message : String(error));
      return stands(failed) ? { id, status: 'failed', error } : { id, status: 'cancelled' };
    }
    if (task.signal.aborted) return { id, status: 'cancelled' };
    return stands(await task.completed(result))
      ? { id, status: 'completed', result }
      : { id, status: 'cancelled' };
  }

  /** One task as it is now. @throws TaskledgerRefusedError (404) when there is none; TaskledgerUnavailableError. */
  getTask(id: number): Promise<TaskDetail> {
    return withRetries(this.#retry, () => this.#fetchTask(id));
  }

  /** The newest tasks, newest first. @throws TaskledgerRefusedError, TaskledgerUnavailableError */
  listTasks(query: { project_id?: number; status?: string; limit?: number } = {}): Promise<TaskItem[]> {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
    return withRetries(this.#retry, async () => {
      return (await this.#http.data('GET', `/api/v1/tasks?${parameters.toString()}`)) as TaskItem[];
    });
  }

  /** Cancels a pending or running task. @throws TaskledgerRefusedError (400) when it is over; TaskledgerUnavailableError. */
  async cancelTask(id: number): Promise<void> {
    // By the key, a cancel whose answer got lost is answered again as the first time, not as "already cancelled".
    const headers = { 'idempotency-key': randomUUID() };
    await withRetries(this.#retry, () =>
      this.#http.data('POST', `/api/v1/tasks/${id}/cancel`, undefined, headers),
    );
  }

  async #fetchTask(id: number): Promise<TaskDetail> {
    return (await this.#http.data('GET', `/api/v1/tasks/${id}`)) as TaskDetail;
  }
}

import { randomUUID } from 'node:crypto';
import { Cancellations } from './cancellations.js';
import { settingsOf, type Settings, type TaskledgerClientOptions } from './client-options.js';
import { TaskledgerRefusedError } from './errors.js';
import { Heartbeats } from './heartbeats.js';
import { HttpTransport } from './http-transport.js';
import { JsonHttp } from './json-http.js';
import { NatsTransport } from './nats-transport.js';
import { Outgoing } from './outgoing.js';
import { checkedParams } from './checked-params.js';
import { ReportedTask } from './reported-task.js';
import { withRetries } from './retries.js';
import { nextTries, type RunOptions } from './run-options.js';
import { runTask } from './run-task.js';
import { taskEvent } from './task-event.js';
import { TaskLane } from './task-lane.js';
import { TaskReads } from './task-reads.js';
import type { Transport } from './transport.js';
import type { JsonObject, TaskCreation, TaskRun } from './types.js';
import { CREATION_MEMBERS } from './wire.js';
import { wireMembers } from './wire-form.js';

/** How long `close` tries to send what is left. */
const CLOSE_MS_MAX = 10_000;

/**
 * Publishes what happens to tasks, hears of their cancels, and shows them. Each event has an id of its own by which
 * Taskledger recognises it; all that is sent again is sent under the same id, so nothing takes effect twice.
 */
export class TaskledgerClient {
  /** Cancels of many tasks at once. */
  readonly cancellations: Cancellations;
  readonly #reads: TaskReads;
  readonly #settings: Settings;
  readonly #transport: Transport;
  readonly #outgoing: Outgoing;
  readonly #heartbeats: Heartbeats | undefined;

  /**
   * Makes no connection yet, but takes up what an earlier process has left in `buffer.folder`.
   *
   * @throws TypeError when a URL is none, or `heartbeatS` no promise that can be made; Error when NATS is wanted and its package is missing, or the folder can't be used.
   */
  constructor(options: TaskledgerClientOptions) {
    this.#settings = settingsOf(options);
    const { url, apiUrl, requestTimeoutMs, natsOptions, retry, cancelPollIntervalMs } = this.#settings;
    const isHttp = /^https?:/.test(url);
    const http = new JsonHttp(isHttp ? url : apiUrl, requestTimeoutMs);
    this.#transport = isHttp
      ? new HttpTransport(http, retry, cancelPollIntervalMs)
      : new NatsTransport(url, requestTimeoutMs, natsOptions);
    this.#reads = new TaskReads(http, retry);
    this.cancellations = new Cancellations(http, retry);
    const { heartbeatS, warn } = this.#settings;
    if (heartbeatS !== undefined) {
      if (!isHttp && apiUrl === undefined)
        throw new TypeError('heartbeatS goes over HTTP: say where the API is by the option apiUrl');
      this.#heartbeats = new Heartbeats(http, heartbeatS, warn);
    }
    this.#outgoing = new Outgoing(this.#transport, this.#settings);
  }

  /**
   * Creates a task. With a key, one that was created under it with equal data before, by this process or another, is taken
   * up again. While Taskledger is away the creation is kept in the buffer, and the task has no id yet.
   *
   * @throws TypeError when JSON can't carry `params`; RangeError when `dueAt` is no time.
   * @throws TaskledgerRefusedError when the data is not allowed, or the key stands for a task with other data (409).
   * @throws BufferFullError when the buffer stays full.
   */
  async create(creation: TaskCreation): Promise<ReportedTask> {
    const { key: _, ...given } = wireMembers(creation, CREATION_MEMBERS);
    const { params, dueAt } = creation;
    // What is no time would be `null` in JSON, which means that none was said.
    const due = dueAt instanceof Date ? { due_at: dueAt.toISOString() } : {};
    const data = { ...given, params: checkedParams(params), ...due } as JsonObject;
    const created = taskEvent(this.#settings.source, 'task.created', data, creation.key);
    const lane = new TaskLane(created.id);
    const task = this.#reported(lane);
    const { fullWaitMsMax } = this.#settings;
    const { outcome, message, code, reason } = await this.#outgoing.sender.send(lane, created, fullWaitMsMax);
    if (outcome === 'rejected') throw new TaskledgerRefusedError(message, code, reason);
    return task;
  }

  /** A task that exists, to report about: one that was created elsewhere, and whose id was handed on. */
  task(id: number): ReportedTask {
    return this.#reported(new TaskLane(randomUUID(), id));
  }

  /**
   * Creates a task (or takes one that exists, by its id), does its work and reports how it ended: completed with whatever `work`
   * returns, failed with whatever it throws, or cancelled when somebody cancels it meanwhile, of which `task.signal` tells
   * `work`. The answer says which; an error of `work` is in there and not thrown. What JSON can't carry is on record as a
   * text that says what it was.
   *
   * While Taskledger is away the work goes on, and what happens is kept in the buffer and sent later.
   *
   * A failure is the task's end, unless `options` say that it is tried again: by `run` itself (`attempts`), or by the queue that
   * has called it (`attempt`, `attemptsMax`); then the answer's status is `pending`.
   *
   * @throws TypeError when JSON can't carry `params` or the options are not allowed, and BufferFullError when the buffer stays full: the work has not begun.
   * @throws TaskledgerRefusedError when the task can't be created, was finished by somebody else, or takes no end.
   * @throws what the calls of a ReportedTask throw: when the client is closed, or the buffer on disk can't be written.
   */
  async run(
    creation: TaskCreation | { id: number },
    work: (task: ReportedTask) => unknown,
    options: RunOptions = {},
  ): Promise<TaskRun> {
    const nextTry = nextTries(options);
    const task = 'id' in creation ? this.task(creation.id) : await this.create(creation);
    return runTask(task, work, options, nextTry);
  }

  /** Cancels a pending or running task. @throws TaskledgerRefusedError (400) when it is over; TaskledgerUnavailableError. */
  async cancel(id: number, { reason, actor }: { reason?: string; actor?: string } = {}): Promise<void> {
    const command = { taskId: id, commandId: randomUUID(), reason, actor };
    await withRetries(this.#settings.retry, () => this.#transport.cancel(command));
  }

  /** One task with all that is known of it. @throws TaskledgerRefusedError (404), TaskledgerUnavailableError */
  readonly get: TaskReads['get'] = (id, options) => this.#reads.get(id, options);

  /** Each task of the list, newest first. @throws TaskledgerRefusedError, TaskledgerUnavailableError */
  readonly list: TaskReads['list'] = (query) => this.#reads.list(query);

  /** The list page by page, with the position that it is at. */
  readonly pages: TaskReads['pages'] = (query) => this.#reads.pages(query);

  /** All that happened to a task, and what was refused. */
  readonly history: TaskReads['history'] = (id) => this.#reads.history(id);

  /** What changes of the tasks that match, resumed without a gap or a double. */
  readonly watch: TaskReads['watch'] = (query) => this.#reads.watch(query);

  /** The state of one task, and each change up to its end. */
  readonly watchTask: TaskReads['watchTask'] = (id, query) => this.#reads.watchTask(id, query);

  /** How many tasks there are by status and type, and how long they took. */
  readonly stats: TaskReads['stats'] = (query) => this.#reads.stats(query);

  /** How many tasks each project has. */
  readonly statsByProject: TaskReads['statsByProject'] = () => this.#reads.statsByProject();

  /** Sends what waits in the buffer now. @returns whether all of it was answered in time. */
  flush({ timeoutMs = CLOSE_MS_MAX }: { timeoutMs?: number } = {}): Promise<boolean> {
    return this.#outgoing.flush(timeoutMs);
  }

  /**
   * Sends what is left and lets go of connections and file. What could not be sent in time stays in the file, where there is
   * one. Idempotent.
   *
   * @throws TaskledgerClosedError when events that were in memory alone are lost; it says how many.
   */
  close({ timeoutMs = CLOSE_MS_MAX }: { timeoutMs?: number } = {}): Promise<void> {
    this.#heartbeats?.close();
    return this.#outgoing.close(timeoutMs);
  }

  #reported(lane: TaskLane): ReportedTask {
    const { source, progressIntervalMs, warn } = this.#settings;
    const watchCancel = this.#transport.watchCancel.bind(this.#transport);
    const statusOf = this.#transport.statusOf.bind(this.#transport);
    const cancelOf = this.#transport.cancelOf.bind(this.#transport);
    const { sender } = this.#outgoing;
    return new ReportedTask({
      ...{ source, lane, sender, progressIntervalMs, warn },
      ...{ watchCancel, cancelOf, statusOf, heartbeats: this.#heartbeats },
    });
  }
}

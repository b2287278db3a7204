import { setTimeout as delay } from 'node:timers/promises';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { TaskledgerRefusedError, TaskledgerUnavailableError } from './errors.js';
import { openNats, requireNatsPackage, type Nats } from './nats-connection.js';
import {
  outcomeOf,
  type CancelCommand,
  type CancelFacts,
  type Transport,
  type WireOutcome,
} from './transport.js';
import type { EventOutcome, TaskStatus } from './types.js';

/** Subjects of Taskledger (`docs/feed.md`). */
const INGEST = 'tasks.ingest';
const CANCEL = 'tasks.commands.cancel';
const LAST_MESSAGE = '$JS.API.STREAM.MSG.GET.TASKS_FEED';

/** How often, and how long apart, the feed is asked whether a task has come to its end. */
const STATUS_ASKS_MAX = 5;
const STATUS_ASK_WAIT_MS = 100;

const DEADLINE_HEADER = 'Taskledger-Deadline-Ms';

/** Error codes by which a request itself is refused, and the status that means the same over HTTP. */
export const REFUSALS: ReadonlyMap<string, number> = new Map([
  ['invalid_request', 400],
  ['too_many_events', 413],
  ['task_not_found', 404],
  ['already_completed', 400],
  ['already_failed', 400],
  ['already_cancelled', 400],
  ['broken_stream', 409],
  ['stream_deleted', 410],
  ['foreign_stream', 409],
  ['ledger_refused', 400],
  ['too_large_for_ledger', 400],
]);

/** A message of the feed as JetStream gives it; `data` is in base64. */
interface FeedMessage {
  subject: string;
  data?: string;
}

type Failure = { ok: false; error: { code: string; message: string } };

/** Taskledger over NATS: requests in plain JSON, cancels heard of on the feed. */
export class NatsTransport implements Transport {
  readonly #watched = new Map<number, Set<(cancel: CancelFacts) => void>>();
  /** Of the connection that there is. */
  readonly #subscriptions = new Map<number, Subscription>();
  #nats: Promise<Nats> | undefined;
  #closed = false;

  /**
   * @param options Further options for `connect` of `@nats-io/transport-node`.
   * @throws Error when that package is not installed.
   */
  constructor(
    private readonly url: string,
    private readonly requestTimeoutMs: number,
    private readonly options: object,
  ) {
    requireNatsPackage();
  }

  async send(texts: readonly string[]): Promise<EventOutcome[]> {
    const answer = await this.#request(INGEST, `[${texts.join(',')}]`);
    if (Array.isArray(answer) && answer.length === texts.length)
      return (answer as WireOutcome[]).map(outcomeOf);
    throw failureOf(answer as Failure);
  }

  async cancel({ taskId, commandId, reason, actor }: CancelCommand): Promise<void> {
    const command = { task_id: taskId, command_id: commandId, reason, actor };
    const answer = (await this.#request(CANCEL, JSON.stringify(command))) as { ok: true } | Failure;
    if (!answer.ok) throw failureOf(answer);
  }

  /** The subscription is on its way before any request that is made after this returns. */
  watchCancel(taskId: number, onCancelled: (cancel: CancelFacts) => void): () => void {
    if (this.#closed) return () => {};
    const told = this.#watched.get(taskId) ?? new Set();
    this.#watched.set(taskId, told.add(onCancelled));
    // Where there is no server now, the connection that is made in the end brings the subscription with it.
    this.#connected().then(
      ({ connection }) => this.#subscribe(connection, taskId),
      () => {},
    );
    return () => {
      told.delete(onCancelled);
      if (told.size === 0 && this.#watched.get(taskId) === told) this.#forget(taskId);
    };
  }

  /** Only an end is told: by the feed's last message about the task. The feed is a little behind, so it is given time. */
  async statusOf(taskId: number): Promise<TaskStatus | undefined> {
    for (let asked = 1; ; asked++) {
      const { connection } = await this.#connected();
      const last = await this.#lastMessage(connection, `tasks.events.*.${taskId}.*`);
      const type = last?.subject.split('.').at(-1);
      if (type !== undefined && isEnd(type)) return type;
      if (asked === STATUS_ASKS_MAX) return undefined;
      await delay(STATUS_ASK_WAIT_MS);
    }
  }

  /** The feed has the reason, and does not say who. */
  async cancelOf(taskId: number): Promise<CancelFacts> {
    try {
      const { connection } = await this.#connected();
      const last = await this.#lastMessage(connection, cancelSubject(taskId));
      return last === undefined ? {} : cancelIn(Buffer.from(last.data ?? '', 'base64').toString());
    } catch {
      return {};
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const nats = await this.#nats?.catch(() => undefined);
    await nats?.connection.close();
  }

  /** The connection; it is made with the first use, and comes back by itself when it is lost. */
  #connected(): Promise<Nats> {
    if (this.#nats !== undefined) return this.#nats;
    if (this.#closed) return Promise.reject(new TaskledgerUnavailableError('The client is closed'));
    const nats = openNats(this.url, this.options, (connection) => void this.#askAll(connection));
    this.#nats = nats;
    const forget = (): void => {
      this.#nats = undefined;
      this.#subscriptions.clear();
    };
    // Where there was no server, or it sent us away for good, the next use tries again.
    nats
      .then(({ connection }) => {
        for (const taskId of this.#watched.keys()) this.#subscribe(connection, taskId);
        // Those that were watched already may have been cancelled while there was no connection.
        void this.#askAll(connection);
        return connection.closed();
      })
      .then(forget, forget);
    return nats;
  }

  #subscribe(connection: NatsConnection, taskId: number): void {
    if (!this.#watched.has(taskId) || this.#subscriptions.has(taskId)) return;
    const callback = (_: Error | null, message: Msg): void => this.#heard(taskId, cancelIn(message.string()));
    this.#subscriptions.set(taskId, connection.subscribe(cancelSubject(taskId), { callback }));
  }

  async #request(subject: string, body: string): Promise<unknown> {
    let text: string;
    try {
      const { connection, headers } = await this.#connected();
      const sent = headers();
      sent.set(DEADLINE_HEADER, String(Date.now() + this.requestTimeoutMs));
      const reply = await connection.request(subject, body, {
        timeout: this.requestTimeoutMs,
        headers: sent,
      });
      text = reply.string();
    } catch (cause) {
      const { message } = cause as Error;
      throw new TaskledgerUnavailableError(`No answer on ${subject} at ${this.url}: ${message}`, undefined, {
        cause,
      });
    }
    return JSON.parse(text) as unknown;
  }

  /** While the connection was lost a cancel may have been missed: the feed has the last message of each subject. */
  async #askAll(connection: NatsConnection): Promise<void> {
    for (const taskId of this.#watched.keys()) {
      try {
        const last = await this.#lastMessage(connection, cancelSubject(taskId));
        if (last !== undefined)
          this.#heard(taskId, cancelIn(Buffer.from(last.data ?? '', 'base64').toString()));
      } catch {
        // The feed can't be asked now; a report of a cancelled task is refused, which tells as well.
      }
    }
  }

  /** The newest message on the feed whose subject matches; `undefined` when there is none. */
  async #lastMessage(connection: NatsConnection, subjects: string): Promise<FeedMessage | undefined> {
    const wanted = JSON.stringify({ last_by_subj: subjects });
    const reply = await connection.request(LAST_MESSAGE, wanted, { timeout: this.requestTimeoutMs });
    return reply.json<{ message?: FeedMessage }>().message;
  }

  #heard(taskId: number, cancel: CancelFacts): void {
    const told = this.#watched.get(taskId);
    this.#forget(taskId);
    for (const onCancelled of told ?? []) onCancelled(cancel);
  }

  #forget(taskId: number): void {
    this.#watched.delete(taskId);
    this.#subscriptions.get(taskId)?.unsubscribe();
    this.#subscriptions.delete(taskId);
  }
}

/** What a message of the feed says of a cancel. */
function cancelIn(body: string): CancelFacts {
  try {
    const { reason } = (JSON.parse(body) as { data: { reason?: unknown } }).data;
    return typeof reason === 'string' ? { reason } : {};
  } catch {
    return {};
  }
}

function isEnd(type: string): type is 'completed' | 'failed' | 'cancelled' {
  return type === 'completed' || type === 'failed' || type === 'cancelled';
}

function cancelSubject(taskId: number): string {
  return `tasks.events.*.${taskId}.cancelled`;
}

function failureOf({ error }: Failure): Error {
  const status = REFUSALS.get(error.code);
  if (status === undefined) return new TaskledgerUnavailableError(error.message);
  return new TaskledgerRefusedError(error.message, status, error.code);
}

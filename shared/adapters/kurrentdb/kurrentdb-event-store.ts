import { InvalidRequestError, UnavailableError } from '../../contracts/errors.js';
import type {
  AllReadOptions,
  AppendOutcome,
  EventStore,
  EventStoreCapabilities,
  RecordedEvent,
  StreamAppend,
  StreamReadOptions,
  SubscribeOptions,
  SubscriptionBatch,
} from '../../ports/event-store.js';
import { checkStreamName } from '../../ports/append-check.js';
import { appendRequests, checkNotReserved, type AppendRequest } from './append-request.js';
import { BatchAppender } from './batch-appender.js';
import { KurrentDbConnection } from './connection.js';
import { READ_MS_MAX, readAllPages, readStreamPages } from './paged-reads.js';
import { isPosition } from './position.js';
import { resumingSubscription } from './resuming-subscription.js';

/**
 * The ledger on KurrentDB (or EventStoreDB from 22.10): one node, or the leader of a cluster, since what a follower knows
 * may be older than what was acknowledged. It connects when it is first used, and again whenever the connection was lost.
 *
 * Where the same events stand already, the store answers as if it had just appended them. It compares their ids only,
 * which is enough because an event's id is made from its hash.
 */
export class KurrentDbEventStore implements EventStore {
  readonly capabilities: EventStoreCapabilities = { atomicAcrossStreams: false };

  readonly #connection: KurrentDbConnection;
  readonly #appender: BatchAppender;
  readonly #appending = new Set<Promise<unknown>>();
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;

  private constructor(connection: KurrentDbConnection) {
    this.#connection = connection;
    this.#appender = new BatchAppender(connection);
  }

  /**
   * @param url `kurrentdb://` or `esdb://`, with `+discover` for a cluster by DNS; credentials, TLS and the rest as the
   *   client has them in its connection strings.
   * @throws InvalidSettingError when it is none.
   */
  static open(url: string): KurrentDbEventStore {
    return new KurrentDbEventStore(new KurrentDbConnection(url));
  }

  async append(appends: readonly StreamAppend[]): Promise<AppendOutcome[]> {
    this.#checkOpen();
    const requests = appendRequests(appends);
    const settled = await this.#untilDone(
      Promise.allSettled(requests.map((request) => this.#append(request))),
    );
    return settled.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
  }

  async appendInOrder(appends: readonly StreamAppend[]): Promise<AppendOutcome[]> {
    this.#checkOpen();
    const outcomes: AppendOutcome[] = [];
    for (const request of appendRequests(appends)) {
      const outcome = await this.#untilDone(this.#append(request));
      outcomes.push(outcome);
      if (outcome.outcome === 'conflict') break;
    }
    return outcomes;
  }

  /** Waits for an append, as closing does. */
  async #untilDone<Outcome>(appending: Promise<Outcome>): Promise<Outcome> {
    this.#appending.add(appending);
    try {
      return await appending;
    } finally {
      this.#appending.delete(appending);
    }
  }

  async *readStream(
    stream: string,
    options: StreamReadOptions = {},
    signal?: AbortSignal,
  ): AsyncGenerator<RecordedEvent> {
    checkStreamName(stream);
    checkNotReserved(stream);
    checkCount('fromRevision', options.fromRevision);
    checkCount('limit', options.limit);
    this.#checkOpen();
    yield* untilAborted(readStreamPages(this.#connection, stream, options), signal);
  }

  async *readAll(options: AllReadOptions = {}, signal?: AbortSignal): AsyncGenerator<RecordedEvent> {
    checkCount('limit', options.limit);
    this.#checkOpen();
    if (signal?.aborted) return;
    const events = untilAborted(readAllPages(this.#connection, options), signal);
    if (options.direction === 'backwards') {
      yield* events;
      return;
    }
    // What is appended while it reads is left out, so that the read ends.
    const last = await this.lastPosition();
    for await (const event of events) {
      if (last === undefined || event.position > last) return;
      yield event;
    }
  }

  async *subscribe(options: SubscribeOptions, signal: AbortSignal): AsyncGenerator<SubscriptionBatch> {
    this.#checkOpen();
    const end = AbortSignal.any([signal, this.#closed.signal]);
    yield* resumingSubscription(this.#connection, options, () => this.lastPosition(), end);
    if (!signal.aborted) throw new UnavailableError('The ledger is closed');
  }

  identity(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  fingerprintAt(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  isPosition(text: string): boolean {
    return isPosition(text);
  }

  async lastPosition(): Promise<string | undefined> {
    this.#checkOpen();
    const last = { direction: 'backwards', limit: 1 } as const;
    for await (const [event] of readAllPages(this.#connection, last, READ_MS_MAX)) {
      return event?.position;
    }
    return undefined;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    // Each of them ends in time by itself.
    await Promise.allSettled(this.#appending);
    this.#closed.abort();
    this.#appender.close();
    await this.#connection.close();
  }

  async #append(request: AppendRequest): Promise<AppendOutcome> {
    const answer = await this.#appender.append(request);
    if (answer.outcome === 'conflict') return answer;
    const { revision, position } = answer;
    return {
      outcome: 'appended',
      revision,
      position: position ?? (await this.#positionOf(request.append.stream, revision)),
    };
  }

  /** The store gives no position for events that it was just about to write when they came again. */
  async #positionOf(stream: string, revision: number): Promise<string> {
    for await (const [event] of readStreamPages(this.#connection, stream, {
      fromRevision: revision,
      limit: 1,
    })) {
      if (event?.revision === revision) return event.position;
    }
    throw new UnavailableError(`KurrentDB does not show event ${revision} of ${stream} yet`);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new UnavailableError('The ledger is closed');
  }
}

async function* untilAborted(
  pages: AsyncIterable<RecordedEvent[]>,
  signal: AbortSignal | undefined,
): AsyncGenerator<RecordedEvent> {
  if (signal?.aborted) return;
  for await (const page of pages) {
    for (const event of page) {
      if (signal?.aborted) return;
      yield event;
    }
  }
}

function checkCount(name: string, count: number | undefined): void {
  if (count !== undefined && count !== Infinity && !(Number.isSafeInteger(count) && count >= 0)) {
    throw new InvalidRequestError(`${name} must be an int of 0 or more, not ${count}`);
  }
}

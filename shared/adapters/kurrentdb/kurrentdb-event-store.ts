import { InvalidRequestError, UnavailableError } from '../../core/contracts/errors.js';
import { checkStreamName } from '../../core/ports/append-check.js';
import type {
  AllReadOptions,
  AppendOutcome,
  EventStore,
  EventStoreCapabilities,
  NewEvent,
  RecordedEvent,
  StreamAppend,
  StreamReadOptions,
  SubscribeOptions,
  SubscriptionBatch,
} from '../../core/ports/event-store.js';
import { appendRequests, checkNotReserved } from './append-request.js';
import { AppendedLedger } from './appended-ledger.js';
import { KurrentDbConnection } from './kurrentdb-connection.js';
import { LedgerIdentity } from './ledger-identity.js';
import { LedgerSubscriptions } from './ledger-subscriptions.js';
import { lastPosition, readAllPages, readStreamPages } from './paged-reads.js';
import { isPosition } from './position.js';
import { SureAppender } from './sure-appender.js';

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
  readonly #appender: SureAppender;
  readonly #subscriptions: LedgerSubscriptions;
  readonly #identity: LedgerIdentity;
  readonly #appended: AppendedLedger;
  readonly #appending = new Set<Promise<unknown>>();
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;

  private constructor(
    connection: KurrentDbConnection,
    identityEvent: ((ledgerId: string) => NewEvent) | undefined,
  ) {
    this.#connection = connection;
    this.#identity = new LedgerIdentity(connection, (append) => this.append([append]), identityEvent);
    this.#appended = new AppendedLedger(this.#identity);
    this.#appender = new SureAppender(connection, this.#appended);
    this.#subscriptions = new LedgerSubscriptions(connection, this.#identity);
  }

  /**
   * @param url `kurrentdb://` or `esdb://`, with `+discover` for a cluster by DNS; credentials, TLS and the rest as the
   *   client has them in its connection strings.
   * @param identityEvent The event that gives a ledger its id, the first one of `IDENTITY_STREAM`; who leaves it out, as those
   *   who only read do, gives it none.
   * @throws InvalidSettingError when it is none.
   */
  static open(url: string, identityEvent?: (ledgerId: string) => NewEvent): KurrentDbEventStore {
    return new KurrentDbEventStore(new KurrentDbConnection(url), identityEvent);
  }

  async append(appends: readonly StreamAppend[]): Promise<AppendOutcome[]> {
    this.#checkOpen();
    const requests = appendRequests(appends);
    const settled = await this.#untilDone(
      Promise.allSettled(requests.map((request) => this.#appender.append(request))),
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
      const outcome = await this.#untilDone(this.#appender.append(request));
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
    yield* this.#subscriptions.subscribe(options, end);
    if (!signal.aborted) throw new UnavailableError('The ledger is closed');
  }

  async identity(): Promise<string | undefined> {
    this.#checkOpen();
    return this.#identity.get();
  }

  async fingerprintAt(position: string, seen?: RecordedEvent): Promise<string | undefined> {
    this.#checkOpen();
    if (seen?.position === position) return seen.id;
    return this.#identity.fingerprintAt(position);
  }

  whenReplaced(listener: () => void): () => void {
    return this.#appended.whenReplaced(listener);
  }

  isPosition(text: string): boolean {
    return isPosition(text);
  }

  async lastPosition(): Promise<string | undefined> {
    this.#checkOpen();
    return lastPosition(this.#connection);
  }

  appendsDenied(): string | undefined {
    return this.#appender.denied();
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

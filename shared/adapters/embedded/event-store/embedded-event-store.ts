import { setImmediate } from 'node:timers/promises';
import { InvalidRequestError, UnavailableError } from '../../../contracts/errors.js';
import { checkStreamName } from '../../../ports/append-check.js';
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
} from '../../../ports/event-store.js';
import { openLmdbFolder, type LmdbFolder, type LmdbFolderOptions } from '../lmdb-folder.js';
import { AppendQueue, type QueuedCall } from './append-queue.js';
import { ByteSlab } from './byte-slab.js';
import { CommitPlan } from './commit-plan.js';
import { encodeAppends } from './encoded-append.js';
import { PAGE_CHARACTERS_MAX, PAGE_EVENTS_MAX, readPage } from './event-page.js';
import { LedgerSubscriptions } from './ledger-subscriptions.js';
import { LedgerTables } from './ledger-tables.js';
import { formatPosition, isPosition, parsePosition } from './position.js';
import { recordedEvent } from './stored-text.js';

const LEDGER_FORMAT = { format: 'taskledger-ledger', version: 1 };

/**
 * The ledger in a folder of its own, on LMDB: appends are committed in groups, each on disk before it is answered.
 * Positions count the events from 1. Subscribers must not change the events that they get: several get the same ones.
 *
 * One store at a time writes. Others read beside it, on any thread and in any process, and a read sees all that was
 * committed before it was begun. Within one process, the one that writes must be opened first: LMDB shares the files.
 */
export class EmbeddedEventStore implements EventStore {
  readonly capabilities: EventStoreCapabilities = {
    atomicAcrossStreams: true,
    countEvents: (after, upTo) => parsePosition(upTo) - parsePosition(after),
  };

  readonly #folder: LmdbFolder;
  readonly #tables: LedgerTables;
  readonly #queue = new AppendQueue((calls) => this.#commit(calls));
  readonly #subscriptions: LedgerSubscriptions;
  readonly #slab = new ByteSlab();
  /** The last position on disk as far as this writer knows. */
  #lastPosition = 0;
  /** Whether that has to be read: at first, and after a commit that failed. */
  #lastPositionUnknown = true;
  #closing: Promise<void> | undefined;

  private constructor(folder: LmdbFolder) {
    this.#folder = folder;
    this.#tables = new LedgerTables(folder, this.#slab);
    this.#subscriptions = new LedgerSubscriptions(folder, this.#tables, () => this.#checkOpen());
  }

  /** Opens the ledger's folder; see `openLmdbFolder` for what it refuses. */
  static async open(path: string, options?: LmdbFolderOptions): Promise<EmbeddedEventStore> {
    const folder = await openLmdbFolder(path, LEDGER_FORMAT, options);
    try {
      return new EmbeddedEventStore(folder);
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  async append(appends: readonly StreamAppend[]): Promise<AppendOutcome[]> {
    return this.#enqueue(appends, false);
  }

  async appendInOrder(appends: readonly StreamAppend[]): Promise<AppendOutcome[]> {
    return this.#enqueue(appends, true);
  }

  #enqueue(appends: readonly StreamAppend[], inOrder: boolean): Promise<AppendOutcome[]> {
    this.#checkOpen();
    if (this.#folder.readOnly) throw new UnavailableError('The ledger was opened for reading only');
    return this.#queue.add(encodeAppends(appends, this.#slab), inOrder);
  }

  async *readStream(
    stream: string,
    { fromRevision, direction = 'forwards', limit = Infinity }: StreamReadOptions = {},
    signal?: AbortSignal,
  ): AsyncGenerator<RecordedEvent> {
    checkStreamName(stream);
    checkCount('fromRevision', fromRevision);
    checkCount('limit', limit === Infinity ? undefined : limit);
    this.#beginRead();
    const step = direction === 'forwards' ? 1 : -1;
    const head = this.#tables.head(stream);
    const last = direction === 'forwards' ? head : 0;
    let revision = direction === 'forwards' ? (fromRevision ?? 0) : Math.min(fromRevision ?? head, head);
    let left = limit;
    while (left > 0 && (last - revision) * step >= 0) {
      this.#checkOpen();
      const page: RecordedEvent[] = [];
      for (let characters = 0; (last - revision) * step >= 0; revision += step) {
        if (page.length >= Math.min(left, PAGE_EVENTS_MAX) || characters >= PAGE_CHARACTERS_MAX) break;
        const { text, position } = this.#tables.textInStream(stream, revision);
        characters += text.length;
        page.push(recordedEvent(text, position));
      }
      left -= page.length;
      for (const event of page) {
        if (signal?.aborted) return;
        yield event;
      }
      await setImmediate();
    }
  }

  async *readAll(
    { fromPosition, direction = 'forwards', limit = Infinity, streamPrefix = '' }: AllReadOptions = {},
    signal?: AbortSignal,
  ): AsyncGenerator<RecordedEvent> {
    checkCount('limit', limit === Infinity ? undefined : limit);
    this.#beginRead();
    const start =
      fromPosition === undefined && direction === 'backwards' ? Infinity : parsePosition(fromPosition);
    // What is appended while it reads is left out, so that the read ends.
    const last = this.#tables.lastPosition();
    let from = start;
    let left = limit;
    while (left > 0) {
      this.#checkOpen();
      const eventsMax = Math.min(left, PAGE_EVENTS_MAX);
      const page = readPage(this.#tables, { from, direction, streamPrefix, eventsMax, last });
      from = page.position;
      left -= page.events.length;
      for (const event of page.events) {
        if (signal?.aborted) return;
        yield event;
      }
      if (page.end || signal?.aborted) return;
      await setImmediate();
    }
  }

  subscribe(options: SubscribeOptions, signal: AbortSignal): AsyncGenerator<SubscriptionBatch> {
    return this.#subscriptions.subscribe(options, signal);
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
    this.#beginRead();
    const position = this.#tables.lastPosition();
    return position === 0 ? undefined : formatPosition(position);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#queue.drained();
    this.#subscriptions.close();
    await this.#folder.close();
  }

  /** Lets a read see all that was committed before it, elsewhere, too: the writer may have answered in this very turn. */
  #beginRead(): void {
    this.#checkOpen();
    if (this.#folder.readOnly) this.#tables.refresh();
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new UnavailableError('The ledger is closed');
  }

  /** One commit for all that was waiting; never throws, but answers every call. */
  async #commit(calls: readonly QueuedCall[]): Promise<void> {
    try {
      if (this.#lastPositionUnknown) this.#lastPosition = this.#tables.lastPosition();
      this.#lastPositionUnknown = false;
      const plan = new CommitPlan(this.#tables, this.#lastPosition + 1);
      const outcomes = calls.map((call) => plan.take(call));
      if (!(await this.#tables.write(plan.events, plan.heads()))) {
        throw new UnavailableError('Another process has written to the ledger; nothing was appended');
      }
      this.#lastPosition += plan.events.length;
      for (const [index, call] of calls.entries()) call.resolve(outcomes[index] ?? []);
      if (plan.events.length > 0) this.#subscriptions.committed(this.#lastPosition);
    } catch (error) {
      this.#lastPositionUnknown = true;
      const failure = asUnavailable(error);
      for (const call of calls) call.reject(failure);
    }
  }
}

function checkCount(name: string, count: number | undefined): void {
  if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0)) {
    throw new InvalidRequestError(`${name} must be an int of 0 or more, not ${count}`);
  }
}

function asUnavailable(error: unknown): UnavailableError {
  if (error instanceof UnavailableError) return error;
  // LMDB gives the reason of a failed commit as a second promise, whose rejection must not go unhandled.
  const reason = (error as { commitError?: Promise<never> }).commitError;
  reason?.catch(() => undefined);
  return new UnavailableError(`The ledger could not be written: ${(error as Error).message}`, {
    cause: error,
  });
}

import { setImmediate } from 'node:timers/promises';
import { InvalidRequestError, UnavailableError } from '../../../core/contracts/errors.js';
import { checkStreamName } from '../../../core/ports/append-check.js';
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
} from '../../../core/ports/event-store.js';
import { diskReason } from '../disk-errors.js';
import { ByteSlab } from '../event-log/byte-slab.js';
import { eventOf, type EventRecord } from '../event-log/event-record.js';
import { formatPosition, isPosition, parsePosition } from '../event-log/position.js';
import { AppendQueue, type QueuedCall } from './append-queue.js';
import { CommitPlan, type PlannedEvent } from './commit-plan.js';
import { encodeAppends } from './encoded-append.js';
import { BackwardPages, ForwardPages, PAGE_BYTES_MAX, PAGE_EVENTS_MAX } from './event-page.js';
import { IndexUpkeep } from './index-upkeep.js';
import { openLedgerFolder, type LedgerFolder, type LedgerFolderOptions } from './ledger-folder.js';
import { LedgerSubscriptions } from './ledger-subscriptions.js';

/**
 * The ledger in a folder of its own: a log in segment files, and an index beside it. Appends are committed in groups, each
 * on disk before it is answered. Positions count the events from 1. Subscribers must not change the events that they get:
 * several get the same ones.
 *
 * One store at a time writes. Others read beside it, on any thread and in any process, and a read sees all that was
 * committed before it was begun. Within one process, the one that writes must be opened first: LMDB shares the files.
 */
export class EmbeddedEventStore implements EventStore {
  readonly capabilities: EventStoreCapabilities = {
    atomicAcrossStreams: true,
    countEvents: (after, upTo) => parsePosition(upTo) - parsePosition(after),
    positionAt: formatPosition,
  };

  readonly #folder: LedgerFolder;
  readonly #queue = new AppendQueue((calls, alone) => this.#commit(calls, alone));
  readonly #subscriptions: LedgerSubscriptions;
  readonly #upkeep: IndexUpkeep | undefined;
  readonly #slab = new ByteSlab();
  #closing: Promise<void> | undefined;

  private constructor(folder: LedgerFolder) {
    const { path, readOnly, view, index, lastCommit } = folder;
    this.#folder = folder;
    this.#subscriptions = new LedgerSubscriptions(path, view, readOnly, () => this.#checkOpen());
    this.#upkeep = readOnly ? undefined : new IndexUpkeep(index, view, lastCommit);
  }

  /** Opens the ledger's folder; see `openLedgerFolder` for what it refuses. */
  static async open(path: string, options?: LedgerFolderOptions): Promise<EmbeddedEventStore> {
    return new EmbeddedEventStore(await openLedgerFolder(path, options));
  }

  async append(appends: readonly StreamAppend[]): Promise<AppendOutcome[]> {
    return this.#enqueue(appends, false);
  }

  async appendInOrder(appends: readonly StreamAppend[]): Promise<AppendOutcome[]> {
    return this.#enqueue(appends, true);
  }

  #enqueue(appends: readonly StreamAppend[], inOrder: boolean): Promise<AppendOutcome[]> {
    this.#checkOpen();
    if (this.#upkeep === undefined) throw new UnavailableError('The ledger was opened for reading only');
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
    const { view } = this.#folder;
    this.#checkOpen();
    view.refresh();
    const step = direction === 'forwards' ? 1 : -1;
    const head = view.head(stream);
    const last = direction === 'forwards' ? head : 0;
    let revision = direction === 'forwards' ? (fromRevision ?? 0) : Math.min(fromRevision ?? head, head);
    let left = limit;
    while (left > 0 && (last - revision) * step >= 0) {
      this.#checkOpen();
      const page: EventRecord[] = [];
      for (let bytes = 0; (last - revision) * step >= 0; revision += step) {
        if (page.length >= Math.min(left, PAGE_EVENTS_MAX) || bytes >= PAGE_BYTES_MAX) break;
        const record = view.record(stream, revision);
        bytes += record.payload?.length ?? 0;
        page.push(record);
      }
      left -= page.length;
      for (const record of page) {
        if (signal?.aborted) return;
        yield eventOf(record);
      }
      if (left > 0 && (last - revision) * step >= 0) await setImmediate();
    }
  }

  async *readAll(
    { fromPosition, direction = 'forwards', limit = Infinity, streamPrefix = '' }: AllReadOptions = {},
    signal?: AbortSignal,
  ): AsyncGenerator<RecordedEvent> {
    checkCount('limit', limit === Infinity ? undefined : limit);
    const { view, log } = this.#folder;
    this.#checkOpen();
    view.refresh();
    // What is appended while it reads is left out, so that the read ends.
    const last = log.refresh().position;
    const forwards = new ForwardPages(view);
    const backwards = new BackwardPages(view);
    const start = fromPosition === undefined ? undefined : parsePosition(fromPosition);
    let from = direction === 'forwards' ? (start ?? 0) : Math.min(start ?? Infinity, last + 1);
    let left = limit;
    while (left > 0) {
      this.#checkOpen();
      const request = { from, streamPrefix, eventsMax: Math.min(left, PAGE_EVENTS_MAX) };
      const page = direction === 'forwards' ? forwards.read(request, last) : backwards.read(request);
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

  identity(): Promise<string> {
    return Promise.resolve(this.#folder.log.ledgerId);
  }

  async fingerprintAt(position: string): Promise<string | undefined> {
    this.#checkOpen();
    this.#folder.log.refresh();
    return this.#subscriptions.fingerprint(parsePosition(position));
  }

  isPosition(text: string): boolean {
    return isPosition(text);
  }

  async lastPosition(): Promise<string | undefined> {
    this.#checkOpen();
    const { position } = this.#folder.log.refresh();
    return position === 0 ? undefined : formatPosition(position);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#queue.drained();
    this.#subscriptions.close();
    await this.#upkeep?.close();
    await this.#folder.close();
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new UnavailableError('The ledger is closed');
  }

  /** One commit for all that was waiting; never throws, but answers every call. */
  async #commit(calls: readonly QueuedCall[], alone: boolean): Promise<void> {
    const { log, view } = this.#folder;
    try {
      await this.#upkeep?.room();
      const plan = new CommitPlan(
        { head: view.head.bind(view), standing: view.record.bind(view) },
        log.end.position + 1,
      );
      const outcomes = calls.map((call) => taken(plan, call));
      if (plan.events.length > 0) await this.#write(plan.events, alone);
      for (const [index, call] of calls.entries()) {
        const outcome = outcomes[index] as AppendOutcome[] | UnavailableError;
        if (outcome instanceof UnavailableError) call.reject(outcome);
        else call.resolve(outcome);
      }
      if (plan.events.length > 0) this.#subscriptions.committed();
    } catch (error) {
      const failure = asUnavailable(error);
      for (const call of calls) call.reject(failure);
    }
  }

  async #write(events: readonly PlannedEvent[], alone: boolean): Promise<void> {
    const { log, view } = this.#folder;
    const { position } = log.end;
    const records = events.map(({ record }) => record);
    const { commit, addresses } = await log.append(records, alone);
    const placed = events.map(({ stream, revision }, at) => ({
      stream,
      revision,
      address: addresses[at] as number,
    }));
    view.wrote({ position: position + 1, address: commit }, placed);
    this.#upkeep?.committed(commit);
  }
}

function checkCount(name: string, count: number | undefined): void {
  if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0)) {
    throw new InvalidRequestError(`${name} must be an int of 0 or more, not ${count}`);
  }
}

/** What stops one call, such as a file that can't be read, does not stop those that share its commit. */
function taken(plan: CommitPlan, call: QueuedCall): AppendOutcome[] | UnavailableError {
  try {
    return plan.take(call);
  } catch (error) {
    return asUnavailable(error);
  }
}

function asUnavailable(error: unknown): UnavailableError {
  if (error instanceof UnavailableError) return error;
  return new UnavailableError(`The ledger can't be written: ${diskReason(error)}`, { cause: error });
}

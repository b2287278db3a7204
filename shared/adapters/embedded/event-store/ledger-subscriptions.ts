import { setImmediate } from 'node:timers/promises';
import {
  SUBSCRIPTION_BATCH_EVENTS_MAX,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '../../../ports/event-store.js';
import type { LmdbFolder } from '../lmdb-folder.js';
import { CommitNews } from './commit-news.js';
import { CommitSignal } from './commit-signal.js';
import { PAGE_EVENTS_MAX, readPage, readTexts, type EventPage } from './event-page.js';
import { EventTail } from './event-tail.js';
import type { LedgerTables } from './ledger-tables.js';
import { formatPosition, parsePosition } from './position.js';

/** A reader in another process than the writer's sees what was appended after this time at the latest. */
export const READER_POLL_MS = 100;

/** A batch is put together in so many turns of the event loop at most. */
const BATCH_PAGES_MAX = SUBSCRIPTION_BATCH_EVENTS_MAX / PAGE_EVENTS_MAX;

/**
 * Those who follow a ledger. The last events they take from memory: what the first of them has read. Further back, each
 * one reads for itself.
 */
export class LedgerSubscriptions {
  readonly #tables: LedgerTables;
  readonly #readOnly: boolean;
  readonly #checkOpen: () => void;
  readonly #news: CommitNews;
  readonly #committed = new CommitSignal();
  readonly #tail = new EventTail();
  /** How far each subscriber has come. */
  readonly #subscribers = new Set<{ position: number }>();
  /** There is an event at this position, as far as is known without looking. */
  #known = 0;

  /** @param checkOpen throws what subscribers shall end with once the store is closed. */
  constructor({ path, readOnly }: LmdbFolder, tables: LedgerTables, checkOpen: () => void) {
    this.#tables = tables;
    this.#readOnly = readOnly;
    this.#checkOpen = checkOpen;
    this.#news = new CommitNews(path, (lastPosition) => {
      this.#known = Math.max(this.#known, lastPosition);
      this.#committed.notify();
    });
  }

  /** Tells everyone that this store has committed everything up to a position. */
  committed(lastPosition: number): void {
    this.#known = lastPosition;
    this.#news.tell(lastPosition);
    this.#committed.notify();
  }

  async *subscribe(
    { afterPosition, streamPrefix = '' }: SubscribeOptions,
    signal: AbortSignal,
  ): AsyncGenerator<SubscriptionBatch> {
    const subscriber = { position: parsePosition(afterPosition) };
    let toldCaughtUp = false;
    this.#subscribers.add(subscriber);
    try {
      while (!signal.aborted) {
        const seen = this.#committed.count;
        const before = subscriber.position;
        const { events, position, end } = await this.#nextBatch(subscriber, streamPrefix, signal);
        if (position > before || !toldCaughtUp) {
          toldCaughtUp = end;
          yield {
            events,
            position: position === 0 ? undefined : formatPosition(position),
            caughtUp: end,
          };
        }
        if (end) await this.#committed.next(seen, signal, this.#readOnly ? READER_POLL_MS : undefined);
        else await setImmediate();
      }
    } finally {
      this.#subscribers.delete(subscriber);
      this.#forgetTaken();
    }
  }

  /** Ends the subscriptions that wait: the store must be closed for `checkOpen` by now. */
  close(): void {
    this.#news.close();
    this.#committed.notify();
  }

  /** Moves a subscriber on, until it has a full batch or has come to the end, and gives what it has passed. */
  async #nextBatch(
    subscriber: { position: number },
    streamPrefix: string,
    signal: AbortSignal,
  ): Promise<EventPage> {
    const batch: EventPage = { events: [], position: subscriber.position, end: false };
    for (let pages = 1; ; pages++) {
      this.#checkOpen();
      const eventsMax = SUBSCRIPTION_BATCH_EVENTS_MAX - batch.events.length;
      const { events, position, end } = this.#nextPage(subscriber.position, streamPrefix, eventsMax);
      if (batch.events.length === 0) batch.events = events;
      else for (const event of events) batch.events.push(event);
      subscriber.position = position;
      batch.position = position;
      batch.end = end;
      this.#forgetTaken();
      const isFull = pages >= BATCH_PAGES_MAX || batch.events.length >= SUBSCRIPTION_BATCH_EVENTS_MAX;
      if (end || isFull || signal.aborted) return batch;
      await setImmediate();
    }
  }

  #nextPage(from: number, streamPrefix: string, eventsMax: number): EventPage {
    const kept = this.#tail.page(from, streamPrefix, eventsMax);
    if (kept !== undefined) return { ...kept, end: kept.end && kept.position >= this.#known };
    // What this turn of the event loop has read so far may be older than the news that woke the subscriber.
    this.#tables.refresh();
    if (from >= this.#tail.last) {
      const end = this.#readIntoTail(from);
      const read = this.#tail.page(from, streamPrefix, eventsMax);
      return read === undefined ? { events: [], position: from, end } : { ...read, end: read.end && end };
    }
    return readPage(this.#tables, {
      from,
      direction: 'forwards',
      streamPrefix,
      eventsMax: Math.min(eventsMax, PAGE_EVENTS_MAX),
      last: Infinity,
    });
  }

  /** Reads where no subscriber has read yet, so that the others need not read it again. Answers whether that was all. */
  #readIntoTail(from: number): boolean {
    const { texts, end } = readTexts(this.#tables, from);
    this.#tail.add(texts);
    if (!end) this.#known = Math.max(this.#known, this.#tail.last + 1);
    return end;
  }

  /** What every subscriber has taken is not kept. */
  #forgetTaken(): void {
    let taken = Infinity;
    for (const { position } of this.#subscribers) taken = Math.min(taken, position);
    this.#tail.forget(taken);
  }
}

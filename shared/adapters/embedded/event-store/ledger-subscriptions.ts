import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import {
  SUBSCRIPTION_BATCH_EVENTS_MAX,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '../../../core/ports/event-store.js';
import type { CommitPlace } from '../event-log/commit-reader.js';
import type { EventRecord } from '../event-log/event-record.js';
import { formatPosition, parsePosition } from '../event-log/position.js';
import { CommitNews } from './commit-news.js';
import { CommitSignal } from './commit-signal.js';
import { ForwardPages, PAGE_BYTES_MAX, PAGE_EVENTS_MAX, type EventPage } from './event-page.js';
import { EventTail } from './event-tail.js';
import type { LedgerView } from './ledger-view.js';

/** A reader in another process than the writer's sees what was appended after this time at the latest. */
export const READER_POLL_MS = 100;

/** A batch is put together in so many turns of the event loop at most. */
const BATCH_PAGES_MAX = SUBSCRIPTION_BATCH_EVENTS_MAX / PAGE_EVENTS_MAX;

interface Subscriber {
  position: number;
  pages: ForwardPages;
}

/**
 * Those who follow a ledger. The last events they take from memory: what the first of them has read. Further back, each
 * one reads for itself.
 */
export class LedgerSubscriptions {
  readonly #view: LedgerView;
  readonly #polls: boolean;
  readonly #checkOpen: () => void;
  readonly #news: CommitNews;
  readonly #committed = new CommitSignal();
  #telling: NodeJS.Immediate | undefined;
  readonly #tail = new EventTail();
  /** Where the tail goes on. */
  #next: CommitPlace | undefined;
  readonly #subscribers = new Set<Subscriber>();
  /** The last event that was read into the tail. */
  #lastRead: EventRecord | undefined;

  /**
   * @param polls Whether others may write, so that it has to look from time to time.
   * @param checkOpen Throws what subscribers shall end with once the store is closed.
   */
  constructor(folder: string, view: LedgerView, polls: boolean, checkOpen: () => void) {
    this.#view = view;
    this.#polls = polls;
    this.#checkOpen = checkOpen;
    this.#news = new CommitNews(folder, () => this.#committed.notify());
  }

  /** Tells everyone that this store has committed something: after its answers went out, which somebody waits for. */
  committed(): void {
    this.#telling ??= setImmediate(() => {
      this.#telling = undefined;
      this.#news.tell();
      this.#committed.notify();
    });
  }

  async *subscribe(
    { afterPosition, streamPrefix = '' }: SubscribeOptions,
    signal: AbortSignal,
  ): AsyncGenerator<SubscriptionBatch> {
    const subscriber = { position: parsePosition(afterPosition), pages: new ForwardPages(this.#view) };
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
        if (end) await this.#committed.next(seen, signal, this.#polls ? READER_POLL_MS : undefined);
        else await nextTurn();
      }
    } finally {
      this.#subscribers.delete(subscriber);
      this.#forgetTaken();
    }
  }

  /** As `EventStore.fingerprintAt`: it follows from all that is stored of the event, its hash and its place included. */
  fingerprint(position: number): string | undefined {
    if (this.#lastRead?.position === position) return fingerprintOf(this.#lastRead);
    if (position < 1 || position > this.#view.log.end.position) return undefined;
    const { records } = this.#view.read(this.#view.commitOf(position));
    const record = records.find((record) => record.position === position);
    return record && fingerprintOf(record);
  }

  /** Ends the subscriptions that wait: the store must be closed for `checkOpen` by now. */
  close(): void {
    clearImmediate(this.#telling);
    this.#news.close();
    this.#committed.notify();
  }

  /** Moves a subscriber on, until it has a full batch or has come to the end, and gives what it has passed. */
  async #nextBatch(subscriber: Subscriber, streamPrefix: string, signal: AbortSignal): Promise<EventPage> {
    const batch: EventPage = { events: [], position: subscriber.position, end: false };
    for (let pages = 1; ; pages++) {
      this.#checkOpen();
      const eventsMax = SUBSCRIPTION_BATCH_EVENTS_MAX - batch.events.length;
      const { events, position, end } = this.#nextPage(subscriber, streamPrefix, eventsMax);
      if (batch.events.length === 0) batch.events = events;
      else for (const event of events) batch.events.push(event);
      subscriber.position = position;
      batch.position = position;
      batch.end = end;
      this.#forgetTaken();
      const isFull = pages >= BATCH_PAGES_MAX || batch.events.length >= SUBSCRIPTION_BATCH_EVENTS_MAX;
      if (end || isFull || signal.aborted) return batch;
      await nextTurn();
    }
  }

  #nextPage({ position: from, pages }: Subscriber, streamPrefix: string, eventsMax: number): EventPage {
    const request = { from, streamPrefix, eventsMax };
    const end = this.#view.log.refresh();
    const kept = this.#tail.page(request);
    if (kept !== undefined) return { ...kept, end: kept.position >= end.position };
    if (from >= end.position) return { events: [], position: from, end: true };
    if (from < this.#tail.last) {
      const page = pages.read({ ...request, eventsMax: Math.min(eventsMax, PAGE_EVENTS_MAX) }, end.position);
      return { ...page, end: page.position >= end.position };
    }
    this.#readIntoTail(from);
    const read = this.#tail.page(request) as EventPage;
    return { ...read, end: read.position >= end.position };
  }

  /** Reads where no subscriber has read yet, so that the others need not read it again. */
  #readIntoTail(from: number): void {
    const { end } = this.#view.log;
    if (this.#next?.position !== from + 1) this.#next = this.#view.commitOf(from + 1);
    for (let events = 0, bytes = 0; this.#next.position <= end.position;) {
      if (events >= PAGE_EVENTS_MAX || bytes >= PAGE_BYTES_MAX) return;
      const place: CommitPlace = this.#next;
      const { records, next } = this.#view.read(place);
      this.#tail.add(records);
      this.#view.noteRead(place, records, next);
      this.#lastRead = records.at(-1);
      events += records.length;
      bytes += next.address - place.address;
      this.#next = next;
    }
  }

  /** What every subscriber has taken is not kept. */
  #forgetTaken(): void {
    let taken = Infinity;
    for (const { position } of this.#subscribers) taken = Math.min(taken, position);
    this.#tail.forget(taken);
  }
}

function fingerprintOf({ payload }: EventRecord): string {
  return payload === undefined ? 'damaged' : crc32(payload).toString(16).padStart(8, '0');
}

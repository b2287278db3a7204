import { FORWARDS, START, type KurrentDBClient } from '@kurrent/kurrentdb-client';
import type { RecordedEvent } from '../../core/ports/event-store.js';
import { allFilter, isStoresOwn } from './all-filter.js';
import type { KurrentDbConnection } from './kurrentdb-connection.js';
import { answerWithin } from './deadline.js';
import { lastPosition, READ_ALL_MS_MAX, READ_MS_MAX } from './paged-reads.js';
import { BEFORE_ALL, parsePosition } from './position.js';
import { recordedEvent } from './recorded-event.js';
import { allRequest, shortEvents } from './short-read.js';

/** A page has no more than this. */
export const PAGE_EVENTS_MAX = 2_000;
export const PAGE_BYTES_MAX = 4 * 1024 * 1024;

/** How many events are asked for where few are expected, and then where many are. */
const SHORT_READ_EVENTS_MAX = 100;
const LONG_READ_EVENTS_MAX = 10_000;

/** How long the store may take for a page where it leaves nothing out. */
const LONG_READ_MS_MAX = 15_000;

/** With a smaller share of wanted events than this the store reads faster than it gives (three times, on 26.1). */
const WANTED_SHARE_MIN = 1 / 4;

/** What an event takes in memory beside its data, roughly. */
const EVENT_BYTES = 500;

/** Events as they follow each other: those that are wanted of all between two positions. */
export interface LedgerPage {
  /** It begins after this position. */
  from: string;
  /** Everything up to here is in it or was left out. */
  to: string;
  events: readonly RecordedEvent[];
  /** What they take in memory, roughly. */
  bytes: number;
  /** Whether that was all there was. */
  isEnd: boolean;
}

interface OpenRead {
  client: KurrentDBClient;
  events: AsyncIterator<RecordedEvent>;
  eventsMax: number;
  isLong: boolean;
  isFiltered: boolean;
  /** How long a page may take. */
  pageMsMax: number;
  /** The position of the ledger's last event before it began; only where the store leaves out what is not wanted. */
  end: string | undefined;
  given: number;
  wanted: number;
}

/**
 * Reads all events after a position, page by page, for as long as there are more. Where many wait, one call of the store
 * serves many pages; what is not taken yet stays with the store.
 *
 * By default the store gives everything, and what is not wanted is left out here: it reads three times as fast so. Where
 * little of what it gives is wanted, the store leaves it out.
 */
export class ForwardReading {
  readonly #connection: KurrentDbConnection;
  readonly #streamPrefix: string;
  #position: string;
  /** How far it has read: further than its position where only the store's own events follow. */
  #readUpTo: string;
  #read: OpenRead | undefined;
  /** What the next call of the store asks for. */
  #isLong = false;
  #isFiltered = false;
  #reading: Promise<LedgerPage> | undefined;

  constructor(connection: KurrentDbConnection, streamPrefix: string, position: string) {
    this.#connection = connection;
    this.#streamPrefix = streamPrefix;
    this.#position = position;
    this.#readUpTo = position;
  }

  /** The next page begins after it. */
  get position(): string {
    return this.#position;
  }

  /**
   * The next page; the same for all who ask before it is there.
   *
   * @throws UnavailableError when the store is away or too slow: then nothing more can be read with this one.
   */
  next(): Promise<LedgerPage> {
    this.#reading ??= this.#nextPage().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #nextPage(): Promise<LedgerPage> {
    const read = (this.#read ??= await this.#begin());
    try {
      const page = await answerWithin('reading all streams', read.pageMsMax, this.#pageOf(read));
      this.#connection.answered(read.client);
      return page;
    } catch (error) {
      this.#connection.failed(read.client, (error as Error).cause ?? error);
      throw error;
    }
  }

  async #pageOf(read: OpenRead): Promise<LedgerPage> {
    const page = { from: this.#position, to: this.#position, bytes: 0, isEnd: false };
    const events: RecordedEvent[] = [];
    while (events.length < PAGE_EVENTS_MAX && page.bytes < PAGE_BYTES_MAX) {
      const next = await read.events.next();
      if (next.done === true) {
        page.isEnd = this.#ended(read);
        if (page.isEnd && read.end !== undefined && read.end > page.to) this.#readUpTo = page.to = read.end;
        break;
      }
      const event = next.value;
      read.given++;
      // The first one is where the last read ended.
      if (event.position <= this.#readUpTo) continue;
      this.#readUpTo = event.position;
      if (isStoresOwn(event.stream)) continue;
      page.to = event.position;
      if (!event.stream.startsWith(this.#streamPrefix)) continue;
      read.wanted++;
      page.bytes += EVENT_BYTES + JSON.stringify(event.data).length;
      events.push(event);
    }
    this.#position = page.to;
    // A short call has a deadline, which the reader of a large page may let pass.
    if (!read.isLong && this.#read === read) this.#goOnLong(read);
    return { ...page, events };
  }

  #goOnLong({ events }: OpenRead): void {
    this.#read = undefined;
    this.#isLong = true;
    events.return?.().catch(() => undefined);
  }

  /** Whether a call that has given all it was asked for has come to the ledger's end. */
  #ended({ given, eventsMax, isFiltered, wanted }: OpenRead): boolean {
    this.#read = undefined;
    const isEnd = given < eventsMax;
    this.#isLong = !isEnd;
    // Each filtered read is followed by one that finds out whether there is more to be had now.
    this.#isFiltered = !isEnd && !isFiltered && wanted < given * WANTED_SHARE_MIN;
    return isEnd;
  }

  async #begin(): Promise<OpenRead> {
    const isFiltered = this.#isFiltered;
    const { client } = this.#connection;
    const begun = { client, isLong: this.#isLong, isFiltered, given: 0, wanted: 0 };
    // Asked before, for what the filter leaves out before the end.
    const end = isFiltered ? await lastPosition(this.#connection) : undefined;
    const from = this.#readUpTo === BEFORE_ALL ? undefined : parsePosition(this.#readUpTo);
    if (!this.#isLong) {
      const eventsMax = SHORT_READ_EVENTS_MAX + 1;
      const request = allRequest(undefined, { from, forwards: true, maxCount: eventsMax });
      const events = shortEvents(this.#connection, request, READ_MS_MAX);
      return { ...begun, events, eventsMax, pageMsMax: READ_MS_MAX, end };
    }
    const eventsMax = LONG_READ_EVENTS_MAX + 1;
    const reading = client.readAll({
      fromPosition: from ?? START,
      direction: FORWARDS,
      maxCount: eventsMax,
      ...(isFiltered && { filter: allFilter(this.#streamPrefix) }),
      requiresLeader: true,
    });
    const pageMsMax = isFiltered ? READ_ALL_MS_MAX : LONG_READ_MS_MAX;
    return { ...begun, events: recordedEvents(reading), eventsMax, pageMsMax, end };
  }
}

async function* recordedEvents(
  reading: ReturnType<KurrentDBClient['readAll']>,
): AsyncGenerator<RecordedEvent> {
  for await (const { event } of reading) if (event !== undefined) yield recordedEvent(event);
}

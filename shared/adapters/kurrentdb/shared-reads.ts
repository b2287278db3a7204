import type { KurrentDbConnection } from './kurrentdb-connection.js';
import { ForwardReading, type LedgerPage } from './forward-reading.js';
import { LedgerNews } from './ledger-news.js';
import { PageTail } from './page-tail.js';
import { BEFORE_ALL } from './position.js';

/** How often it is looked for more, whatever the store says: what it forgets to say is found so. */
const LOOK_DELAY_MS = 1_000;

/** So many events at once mean that more come soon: then it is looked for more instead of being told of each. */
const BUSY_EVENTS_MIN = 8;
const BUSY_DELAY_MS = 20;

/**
 * Reads the ledger for all who follow the streams of one prefix: each page is read once for those who are at the same
 * place, and the last pages are kept for who comes a little later. Whoever is further behind reads for itself, and shares
 * again when it has come so far.
 *
 * Every event comes from a page, so that none is left out or given twice; the store's subscription only says when there is
 * more.
 */
export class SharedReads {
  readonly #connection: KurrentDbConnection;
  readonly #streamPrefix: string;
  readonly #tail = new PageTail();
  /** At different positions, those that were used last at the end: no more than there are followers. */
  #readings: ForwardReading[] = [];
  #followers = 0;
  #news: LedgerNews | undefined;
  /** What the news should have come to, and since when. */
  #expected = { position: BEFORE_ALL, sinceMs: 0 };
  /** The last event that any page had. */
  #lastEvent = BEFORE_ALL;
  #isBusy = false;
  readonly #waiting = new Set<() => void>();

  constructor(connection: KurrentDbConnection, streamPrefix: string) {
    this.#connection = connection;
    this.#streamPrefix = streamPrefix;
  }

  /** Somebody follows. Answers how to say that it does no longer: then whether it was the last one. */
  join(): () => boolean {
    this.#followers++;
    return () => {
      this.#followers--;
      if (this.#followers > 0) {
        this.#readings = this.#readings.slice(-this.#followers);
        return false;
      }
      this.#news?.close();
      this.#news = undefined;
      this.#readings = [];
      this.#tail.clear();
      return true;
    };
  }

  /**
   * A page of what comes after a position, possibly with nothing in it.
   *
   * @throws UnavailableError when the store is away or too slow.
   */
  async after(position: string): Promise<LedgerPage> {
    let page = this.#tail.after(position) ?? (await this.#read(this.#readingAt(position)));
    // A reading that has just come to this place may still be giving the page before.
    while (page.from !== position) page = await this.#read(this.#readingAt(position));
    if (!page.isEnd) this.#readAhead(page.to);
    return page;
  }

  /** Waits, at the ledger's end, until there may be more after a position. Answers whether anything says so. */
  async more(position: string, signal: AbortSignal): Promise<boolean> {
    if (this.#tail.to > position) return true;
    if (this.#isBusy) {
      this.#news?.close();
      this.#news = undefined;
      await this.#wait(BUSY_DELAY_MS, signal);
      return true;
    }
    const news = this.#listen(position);
    // What it has told of is about to be there.
    const isTold = news.reached > position;
    return (await this.#wait(isTold ? BUSY_DELAY_MS : LOOK_DELAY_MS, signal)) || isTold;
  }

  #readingAt(position: string): ForwardReading {
    const found = this.#readings.find((reading) => reading.position === position);
    const reading = found ?? new ForwardReading(this.#connection, this.#streamPrefix, position);
    const others = this.#readings.filter((other) => other !== reading);
    this.#readings = [...others, reading].slice(-this.#followers);
    return reading;
  }

  async #read(reading: ForwardReading): Promise<LedgerPage> {
    let page: LedgerPage;
    try {
      page = await reading.next();
    } catch (error) {
      this.#readings = this.#readings.filter((other) => other !== reading);
      throw error;
    }
    const last = page.events.at(-1);
    if (last !== undefined && last.position > this.#lastEvent) this.#lastEvent = last.position;
    if (page.isEnd) this.#isBusy = page.events.length >= BUSY_EVENTS_MIN;
    if (this.#tail.add(page)) this.#wakeAll();
    return page;
  }

  /** Has the next page read while the one before it is at work; one page at the most. */
  #readAhead(position: string): void {
    // Of who is behind the tail nothing is kept: it would have to be read again.
    if (position < this.#tail.to) return;
    const reading = this.#readings.find((one) => one.position === position);
    // Whoever wants it hears of a failure when it tries again.
    if (reading !== undefined) this.#read(reading).catch(() => undefined);
  }

  #listen(position: string): LedgerNews {
    const known = this.#news;
    if (known !== undefined && !known.isLost && !this.#isLate(known)) return known;
    known?.close();
    this.#expected = { position, sinceMs: performance.now() };
    this.#news = new LedgerNews(this.#connection, this.#streamPrefix, position, {
      came: (at) => {
        if (at > this.#lastEvent) this.#wakeAll();
      },
      lost: () => this.#wakeAll(),
    });
    return this.#news;
  }

  /** Whether it has not told of an event that was found without it, for longer than it takes. */
  #isLate({ reached }: LedgerNews): boolean {
    const nowMs = performance.now();
    if (reached < this.#expected.position) return nowMs - this.#expected.sinceMs >= LOOK_DELAY_MS;
    this.#expected = { position: this.#lastEvent, sinceMs: nowMs };
    return false;
  }

  #wakeAll(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Until it is woken or the signal fires, or else the time is over: then it answers false. */
  #wait(ms: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (isWoken: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve(isWoken);
      };
      const wake = (): void => end(true);
      const timer = setTimeout(() => end(false), ms);
      signal.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }
}

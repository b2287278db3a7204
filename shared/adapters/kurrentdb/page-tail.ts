import type { LedgerPage } from './forward-reading.js';
import { BEFORE_ALL } from './position.js';

/** What is kept for those who come later: enough for some seconds of what a store gives. */
const EVENTS_MAX = 20_000;
const BYTES_MAX = 24 * 1024 * 1024;
const PAGES_MAX = 2_000;

/** The last pages that were read, each beginning where the one before it ends. */
export class PageTail {
  #pages: LedgerPage[] = [];
  #events = 0;
  #bytes = 0;

  /** The position that they come up to. */
  get to(): string {
    return this.#pages.at(-1)?.to ?? BEFORE_ALL;
  }

  /** Keeps a page, unless it does not go further than those that are here. Answers whether it does. */
  add(page: LedgerPage): boolean {
    if (page.to <= this.to) return false;
    if (page.from !== this.to) this.clear();
    const last = this.#pages.at(-1);
    if (last !== undefined && page.events.length === 0) {
      this.#pages[this.#pages.length - 1] = { ...last, to: page.to, isEnd: page.isEnd };
      return true;
    }
    this.#pages.push(page);
    this.#events += page.events.length;
    this.#bytes += page.bytes;
    while (this.#events > EVENTS_MAX || this.#bytes > BYTES_MAX || this.#pages.length > PAGES_MAX) {
      const first = this.#pages.shift();
      this.#events -= first?.events.length ?? 0;
      this.#bytes -= first?.bytes ?? 0;
    }
    return true;
  }

  /** What is here of what comes after a position, up to a page; `undefined` when that was given up, or not read yet. */
  after(position: string): LedgerPage | undefined {
    // Nearly everybody is at the end.
    if (position >= this.to) return undefined;
    const page = this.#pages.findLast(({ from, to }) => from <= position && position < to);
    if (page === undefined) return undefined;
    const isEnd = page.isEnd && page === this.#pages.at(-1);
    if (page.from === position) return { ...page, isEnd };
    const events = page.events.filter((event) => event.position > position);
    return { ...page, from: position, events, isEnd };
  }

  clear(): void {
    this.#pages = [];
    this.#events = 0;
    this.#bytes = 0;
  }
}

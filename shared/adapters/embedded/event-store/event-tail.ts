import type { RecordedEvent } from '../../../core/ports/event-store.js';
import { eventOf, type EventRecord } from '../event-log/event-record.js';
import {
  mayConcern,
  PAGE_BYTES_MAX,
  PAGE_EVENTS_MAX,
  type EventPage,
  type PageRequest,
} from './event-page.js';

/** Enough for a subscriber that is a few commits behind: under load one has some thousand events. */
const EVENTS_MAX = 16_384;
const BYTES_MAX = 24 * 1024 * 1024;

/** Events that were given up are cut off so many at a time. */
const CUT_OFF_EVENTS = 1_024;

/**
 * The last events of the ledger, for subscribers that keep up: what one of them has read. Each is parsed once, when the
 * first one wants it: that is by far the most of what reading an event costs.
 */
export class EventTail {
  #kept: EventRecord[] = [];
  /** Those before it in `#kept` are given up; they are cut off now and then, not one by one. */
  #start = 0;
  #bytes = 0;
  #last = 0;

  /** The position of the last event that was added; 0 before. */
  get last(): number {
    return this.#last;
  }

  /** Adds events in the order of their positions. */
  add(records: readonly EventRecord[]): void {
    for (const record of records) this.#push(record);
    this.#giveUpBeyondLimits();
  }

  /** Events after a position, when all of them are here; it parses no more than a page. */
  page({ from, streamPrefix, eventsMax }: PageRequest): EventPage | undefined {
    const first = this.#first();
    if (from < first - 1 || from >= this.#last) return undefined;
    const kept = this.#kept;
    const shift = this.#start - first;
    const events: RecordedEvent[] = [];
    let position = from;
    let parsed = 0;
    let bytes = 0;
    while (position < this.#last && events.length < eventsMax) {
      if (parsed >= PAGE_EVENTS_MAX || bytes >= PAGE_BYTES_MAX) break;
      const record = kept[shift + position + 1] as EventRecord;
      if (mayConcern(record, streamPrefix)) {
        if (record.event === undefined) {
          parsed++;
          bytes += bytesOf(record);
        }
        events.push(eventOf(record));
      }
      position++;
    }
    return { events, position, end: position === this.#last };
  }

  /** Gives up the events up to a position. */
  forget(position: number): void {
    if (position >= this.#last) return this.#clear();
    const first = this.#first();
    if (position >= first) this.#giveUp(position - first + 1);
  }

  /** The position of the first event that is kept, or would be. */
  #first(): number {
    return this.#last - (this.#kept.length - this.#start) + 1;
  }

  #push(record: EventRecord): void {
    // Nobody has read the events between: they are not kept.
    if (record.position !== this.#last + 1) this.#clear();
    this.#kept.push(record);
    this.#bytes += bytesOf(record);
    this.#last = record.position;
  }

  #giveUpBeyondLimits(): void {
    let beyond = Math.max(0, this.#kept.length - this.#start - EVENTS_MAX);
    for (let left = this.#bytes; left > BYTES_MAX; beyond++) {
      left -= bytesOf(this.#kept[this.#start + beyond] as EventRecord);
    }
    this.#giveUp(beyond);
  }

  #giveUp(count: number): void {
    for (const end = this.#start + count; this.#start < end; this.#start++) {
      this.#bytes -= bytesOf(this.#kept[this.#start] as EventRecord);
    }
    if (this.#start < CUT_OFF_EVENTS) return;
    this.#kept = this.#kept.slice(this.#start);
    this.#start = 0;
  }

  #clear(): void {
    this.#kept = [];
    this.#start = 0;
    this.#bytes = 0;
  }
}

function bytesOf({ payload }: EventRecord): number {
  return payload?.length ?? 0;
}

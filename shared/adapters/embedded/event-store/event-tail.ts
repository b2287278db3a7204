import type { RecordedEvent } from '../../../ports/event-store.js';
import type { EventPage } from './event-page.js';
import type { PlacedEvent } from './ledger-tables.js';
import { formatPosition } from './position.js';

/** Enough for a subscriber that is a few commits behind: under load one has some thousand events. */
const EVENTS_MAX = 16_384;
const CHARACTERS_MAX = 24 * 1024 * 1024;

/** Events that were given up are cut off so many at a time. */
const CUT_OFF_EVENTS = 1_024;

interface KeptEvent {
  event: RecordedEvent;
  characters: number;
}

/**
 * The events that were committed last, as they were handed in: a subscriber that keeps up takes them from here, which
 * saves the parsing, by far the most of what reading an event costs.
 */
export class EventTail {
  #kept: KeptEvent[] = [];
  /** Those before it in `#kept` are given up; they are cut off now and then, not one by one. */
  #start = 0;
  #characters = 0;
  /** The position of the last event. */
  #last = 0;

  add(events: readonly PlacedEvent[]): void {
    for (const { position, stream, revision, text, event } of events) {
      // Events that were not kept lie between: nobody subscribed then, or another process wrote them.
      if (position !== this.#last + 1) this.#clear();
      const { id, type, data, metadata } = event;
      this.#kept.push({
        event: { id, type, data, metadata, stream, revision, position: formatPosition(position) },
        characters: text.length,
      });
      this.#characters += text.length;
      this.#last = position;
    }
    let beyond = Math.max(0, this.#kept.length - this.#start - EVENTS_MAX);
    for (let left = this.#characters; left > CHARACTERS_MAX; beyond++) {
      left -= (this.#kept[this.#start + beyond] as KeptEvent).characters;
    }
    this.#giveUp(beyond);
  }

  /** The events after a position, when all of them are here. */
  page(from: number, streamPrefix: string, eventsMax: number): EventPage | undefined {
    const first = this.#last - (this.#kept.length - this.#start) + 1;
    if (from < first - 1 || from >= this.#last) return undefined;
    const events: RecordedEvent[] = [];
    let index = this.#start + from + 1 - first;
    for (; index < this.#kept.length && events.length < eventsMax; index++) {
      const { event } = this.#kept[index] as KeptEvent;
      if (event.stream.startsWith(streamPrefix)) events.push(event);
    }
    const position = first + (index - this.#start) - 1;
    return { events, position, end: position === this.#last };
  }

  /** Gives up the events up to a position. */
  forget(position: number): void {
    if (position >= this.#last) return this.#clear();
    const first = this.#last - (this.#kept.length - this.#start) + 1;
    if (position >= first) this.#giveUp(position - first + 1);
  }

  #giveUp(count: number): void {
    for (const end = this.#start + count; this.#start < end; this.#start++) {
      this.#characters -= (this.#kept[this.#start] as KeptEvent).characters;
    }
    if (this.#start < CUT_OFF_EVENTS) return;
    this.#kept = this.#kept.slice(this.#start);
    this.#start = 0;
  }

  #clear(): void {
    this.#kept = [];
    this.#start = 0;
    this.#characters = 0;
  }
}

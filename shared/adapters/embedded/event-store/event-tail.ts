import type { RecordedEvent } from '../../../ports/event-store.js';
import { PAGE_CHARACTERS_MAX, PAGE_EVENTS_MAX, type EventPage } from './event-page.js';
import type { PlacedText } from './ledger-tables.js';
import { recordedEvent } from './stored-text.js';

/** Enough for a subscriber that is a few commits behind: under load one has some thousand events. */
const EVENTS_MAX = 16_384;
const CHARACTERS_MAX = 24 * 1024 * 1024;

/** Events that were given up are cut off so many at a time. */
const CUT_OFF_EVENTS = 1_024;

interface KeptEvent {
  /** The stored text until somebody wants the event: many are in streams that nobody follows. */
  content: RecordedEvent | string;
  characters: number;
}

/**
 * The last events of the ledger, for subscribers that keep up: what one of them has read. Each is parsed once, when the
 * first one wants it: that is by far the most of what reading an event costs.
 */
export class EventTail {
  #kept: KeptEvent[] = [];
  /** Those before it in `#kept` are given up; they are cut off now and then, not one by one. */
  #start = 0;
  #characters = 0;
  #last = 0;

  /** The position of the last event that was added; 0 before. */
  get last(): number {
    return this.#last;
  }

  /** Adds events in the order of their positions. */
  add(texts: readonly PlacedText[]): void {
    for (const { position, text } of texts) this.#push(position, text);
    this.#giveUpBeyondLimits();
  }

  /** Events after a position, when all of them are here; it parses no more than a page. */
  page(from: number, streamPrefix: string, eventsMax: number): EventPage | undefined {
    const first = this.#first();
    if (from < first - 1 || from >= this.#last) return undefined;
    const kept = this.#kept;
    const shift = this.#start - first;
    const events: RecordedEvent[] = [];
    let position = from;
    let parsed = 0;
    let characters = 0;
    while (position < this.#last && events.length < eventsMax) {
      if (parsed >= PAGE_EVENTS_MAX || characters >= PAGE_CHARACTERS_MAX) break;
      const event = kept[shift + position + 1] as KeptEvent;
      const { content } = event;
      if (typeof content !== 'string') {
        if (content.stream.startsWith(streamPrefix)) events.push(content);
      } else if (content.startsWith(streamPrefix)) {
        const made = recordedEvent(content, position + 1);
        event.content = made;
        events.push(made);
        parsed++;
        characters += event.characters;
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

  #push(position: number, text: string): void {
    // Nobody has read the events between: they are not kept.
    if (position !== this.#last + 1) this.#clear();
    this.#kept.push({ content: text, characters: text.length });
    this.#characters += text.length;
    this.#last = position;
  }

  #giveUpBeyondLimits(): void {
    let beyond = Math.max(0, this.#kept.length - this.#start - EVENTS_MAX);
    for (let left = this.#characters; left > CHARACTERS_MAX; beyond++) {
      left -= (this.#kept[this.#start + beyond] as KeptEvent).characters;
    }
    this.#giveUp(beyond);
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

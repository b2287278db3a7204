import type { RecordedEvent } from '../../../ports/event-store.js';
import type { LedgerTables, PlacedText } from './ledger-tables.js';
import { recordedEvent } from './stored-text.js';

/** A read takes no more than this in one go before others get their turn. */
export const PAGE_EVENTS_MAX = 1000;
export const PAGE_SCANNED_MAX = 5 * PAGE_EVENTS_MAX;
export const PAGE_CHARACTERS_MAX = 1024 * 1024;

/** Some events in the order of their positions. */
export interface EventPage {
  events: RecordedEvent[];
  /** The position of the last event that was looked at; where it started when there was none. */
  position: number;
  /** Whether there was nothing more. */
  end: boolean;
}

/** Which events a page may have. */
export interface PageRequest {
  /** Only events after it (forwards) or before it (backwards). */
  from: number;
  direction: 'forwards' | 'backwards';
  /** Only events of streams whose name starts so. */
  streamPrefix: string;
  eventsMax: number;
  /** Only events up to this position. */
  last: number;
}

/** Reads a page from the disk, all of it within this turn of the event loop. */
export function readPage(tables: LedgerTables, request: PageRequest): EventPage {
  const { from, direction, streamPrefix, eventsMax, last } = request;
  const events: RecordedEvent[] = [];
  let position = from;
  let scanned = 0;
  let characters = 0;
  const start = direction === 'forwards' ? from + 1 : Math.min(from - 1, last);
  for (const { key, value: text } of tables.texts(start, direction)) {
    if (key > last) break;
    if (events.length >= eventsMax || scanned >= PAGE_SCANNED_MAX || characters >= PAGE_CHARACTERS_MAX) {
      return { events, position, end: false };
    }
    scanned++;
    position = key;
    if (!text.startsWith(streamPrefix)) continue;
    characters += text.length;
    events.push(recordedEvent(text, position));
  }
  return { events, position, end: true };
}

/** Reads the stored texts after a position, as many as a page may have, and says whether there was nothing more. */
export function readTexts(tables: LedgerTables, from: number): { texts: PlacedText[]; end: boolean } {
  const texts: PlacedText[] = [];
  let characters = 0;
  for (const { key, value: text } of tables.texts(from + 1, 'forwards')) {
    if (texts.length >= PAGE_EVENTS_MAX || characters >= PAGE_CHARACTERS_MAX) return { texts, end: false };
    characters += text.length;
    texts.push({ position: key, text });
  }
  return { texts, end: true };
}

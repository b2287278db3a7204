import type { RecordedEvent } from '../../../core/ports/event-store.js';
import type { CommitPlace } from '../event-log/commit-reader.js';
import { eventOf, type EventRecord } from '../event-log/event-record.js';
import type { LedgerView } from './ledger-view.js';
import { UNKNOWN_STREAM } from './lost-events.js';

/** A read takes no more than this in one go before others get their turn. */
export const PAGE_EVENTS_MAX = 1000;
export const PAGE_SCANNED_MAX = 5 * PAGE_EVENTS_MAX;
export const PAGE_BYTES_MAX = 1024 * 1024;

/** Some events in the order in which they are read. */
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
  /** Only events of streams whose name starts so. */
  streamPrefix: string;
  eventsMax: number;
}

/** Whether an event may be of a stream whose name starts so: of one whose stream is not known, nobody can say. */
export function mayConcern({ stream }: EventRecord, streamPrefix: string): boolean {
  return stream.startsWith(streamPrefix) || stream === UNKNOWN_STREAM;
}

/** Reads page after page forwards, up to a last position. */
export class ForwardPages {
  /** The commit that the next page begins in. */
  #place: CommitPlace | undefined;

  constructor(private readonly view: LedgerView) {}

  /** Reads a page, all of it within this turn of the event loop. */
  read({ from, streamPrefix, eventsMax }: PageRequest, last: number): EventPage {
    const events: RecordedEvent[] = [];
    let position = from;
    let scanned = 0;
    let bytes = 0;
    while (position < last) {
      const place = this.#placeOf(position + 1);
      const { records, next } = this.view.read(place);
      this.#place = place;
      for (const record of records) {
        if (record.position <= position) continue;
        if (record.position > last) return { events, position, end: true };
        if (events.length >= eventsMax || scanned >= PAGE_SCANNED_MAX || bytes >= PAGE_BYTES_MAX) {
          return { events, position, end: false };
        }
        scanned++;
        position = record.position;
        if (!mayConcern(record, streamPrefix)) continue;
        bytes += record.payload?.length ?? 0;
        events.push(eventOf(record));
      }
      this.#place = next;
    }
    return { events, position, end: true };
  }

  #placeOf(position: number): CommitPlace {
    const place = this.#place;
    // Within a commit the place stays where the commit begins.
    return place !== undefined && place.position <= position ? place : this.view.commitOf(position);
  }
}

/** Reads page after page backwards. */
export class BackwardPages {
  /** Commits before the next page, the nearest last. */
  #places: CommitPlace[] = [];
  /** What is left of the commit that is being read, the nearest last. */
  #records: EventRecord[] = [];

  constructor(private readonly view: LedgerView) {}

  /** Reads a page, all of it within this turn of the event loop. */
  read({ from, streamPrefix, eventsMax }: PageRequest): EventPage {
    const events: RecordedEvent[] = [];
    let position = from;
    for (let scanned = 0, bytes = 0; position > 1; scanned++) {
      if (events.length >= eventsMax || scanned >= PAGE_SCANNED_MAX || bytes >= PAGE_BYTES_MAX) {
        return { events, position, end: false };
      }
      const record = this.#before(position);
      position = record.position;
      if (!mayConcern(record, streamPrefix)) continue;
      bytes += record.payload?.length ?? 0;
      events.push(eventOf(record));
    }
    return { events, position, end: true };
  }

  #before(position: number): EventRecord {
    for (;;) {
      const record = this.#records.pop();
      if (record !== undefined && record.position < position) return record;
      if (record !== undefined) continue;
      if (this.#places.length === 0) this.#places = this.view.commitsBefore(position - 1);
      this.#records = this.view.read(this.#places.pop() as CommitPlace).records;
    }
  }
}

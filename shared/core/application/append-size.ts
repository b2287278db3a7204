import { utf8Length, UTF8_BYTES_PER_UNIT_MAX } from '../contracts/utf8.js';
import { STORED_EVENT_BYTES_MAX } from '../domain/limits.js';
import { APPEND_BYTES_MAX, APPEND_EVENTS_MAX, type NewEvent } from '../ports/event-store.js';

/** With no more than this there is room for any other event. */
const BYTES_WITH_ROOM = APPEND_BYTES_MAX - STORED_EVENT_BYTES_MAX;

/** How much of what one append takes is used up. Bytes are counted only where there may be too many. */
export class AppendSize {
  private readonly uncounted: { data: string; metadata: string }[] = [];
  private units = 0;
  private bytes = 0;
  private events = 0;

  add(event: NewEvent): void {
    this.events++;
    this.uncounted.push(event);
    this.units += event.data.length + event.metadata.length;
  }

  /** Whether another event may not fit. */
  isFull(): boolean {
    if (this.events >= APPEND_EVENTS_MAX) return true;
    if (this.bytes + this.units * UTF8_BYTES_PER_UNIT_MAX <= BYTES_WITH_ROOM) return false;
    for (const { data, metadata } of this.uncounted) this.bytes += utf8Length(data) + utf8Length(metadata);
    this.uncounted.length = this.units = 0;
    return this.bytes > BYTES_WITH_ROOM;
  }
}

/** Events of one stream as lists that can each be appended at once. */
export function appendParts(events: readonly NewEvent[]): NewEvent[][] {
  const parts: NewEvent[][] = [];
  let size: AppendSize | undefined;
  for (const event of events) {
    if (size === undefined || size.isFull()) {
      parts.push([]);
      size = new AppendSize();
    }
    size.add(event);
    parts.at(-1)?.push(event);
  }
  return parts;
}

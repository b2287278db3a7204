import type { ReadCommit } from '../event-log/commit-reader.js';
import type { EventRecord } from '../event-log/event-record.js';
import { LOST } from '../event-log/packed-addresses.js';
import type { LostRecord } from '../event-log/salvage.js';
import type { LedgerIndex } from './ledger-index.js';

/** The name that a lost event is given when nothing tells its stream. */
export const UNKNOWN_STREAM = 'unknown';

/** The index is looked through for so much of the log at once: it takes as long for one event as for all in there. */
const WINDOW_BYTES = 8 * 1024 * 1024;

/** Where the index, or what comes before it, says that an event is. */
export type EventPlace = Pick<EventRecord, 'stream' | 'revision' | 'address'>;

/** What is known of events that can't be read. Keeps only what the last look through the index has brought. */
export class LostEvents {
  /** Where the index has all events of a part of the log, in the order of their addresses. */
  #window: { from: number; to: number; places: EventPlace[] } | undefined;

  constructor(private readonly index: LedgerIndex) {}

  /**
   * Records for the lost events of a commit, from the index, or else from what an event says of itself where that is what
   * comes next in its stream.
   *
   * @param noted Where the events are that the index does not have yet.
   * @param head The last revision of a stream before this commit.
   */
  recordsOf(
    commit: ReadCommit,
    noted: () => Iterable<EventPlace>,
    head: (stream: string) => number,
  ): EventRecord[] {
    const records: EventRecord[] = [];
    for (const lost of stretches(commit.lost)) {
      const { from, to } = lost[0] as LostRecord;
      const found = this.#within(from, to, noted);
      for (const [at, { position, claim }] of lost.entries()) {
        const place = found.length === lost.length ? found[at] : nextInStream(claim, position, commit, head);
        const known = place ?? { stream: UNKNOWN_STREAM, revision: 0, address: LOST };
        records.push({ ...known, position, payload: undefined });
      }
    }
    return records;
  }

  #within(from: number, to: number, noted: () => Iterable<EventPlace>): EventPlace[] {
    const found = new Map<number, EventPlace>();
    for (const place of this.#indexed(from, to)) found.set(place.address, place);
    for (const place of noted())
      if (place.address >= from && place.address < to) found.set(place.address, place);
    return [...found.values()].sort((one, other) => one.address - other.address);
  }

  #indexed(from: number, to: number): EventPlace[] {
    let window = this.#window;
    if (window === undefined || from < window.from || to > window.to) {
      // Reading goes on forwards, or backwards.
      const start = Math.floor(from / WINDOW_BYTES) * WINDOW_BYTES;
      window = this.#look(start, Math.max(to, start + WINDOW_BYTES));
    }
    return window.places.slice(firstAt(window.places, from), firstAt(window.places, to));
  }

  #look(from: number, to: number): { from: number; to: number; places: EventPlace[] } {
    const places: EventPlace[] = [];
    const end = this.index.ask((streams) => {
      for (const place of streams.all()) if (place.address >= from && place.address < to) places.push(place);
      return streams.end();
    });
    places.sort((one, other) => one.address - other.address);
    const window = { from, to, places };
    // More may still come to where the index ends.
    if (end !== undefined && end.address >= to) this.#window = window;
    return window;
  }
}

/** The first of some places that is not before an address. */
function firstAt(places: readonly EventPlace[], address: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle] as EventPlace).address < address) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Those that are lost between the same two addresses, together. */
function stretches(lost: readonly LostRecord[]): LostRecord[][] {
  const all: LostRecord[][] = [];
  for (const record of lost) {
    const last = all.at(-1);
    if (last?.[0]?.from === record.from) last.push(record);
    else all.push([record]);
  }
  return all;
}

/** What a damaged record says of itself, when it is the event that comes next in its stream. */
function nextInStream(
  claim: LostRecord['claim'],
  position: number,
  { records }: ReadCommit,
  head: (stream: string) => number,
): LostRecord['claim'] {
  if (claim === undefined) return undefined;
  const before = records
    .filter((record) => record.stream === claim.stream && record.position < position)
    .at(-1);
  return claim.revision === (before?.revision ?? head(claim.stream)) + 1 ? claim : undefined;
}

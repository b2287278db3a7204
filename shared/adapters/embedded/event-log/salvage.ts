import { isIntact, positionIn, readRecord, recordBytes, type EventRecord } from './event-record.js';

/** An event that is known to have been written and can't be found. */
export interface LostRecord {
  position: number;
  /** Its record begins at one of these addresses. */
  from: number;
  to: number;
}

/**
 * Finds what is left of records whose bytes, or those of the header before them, are damaged: each that is intact, wherever
 * it begins, and which ones are lost.
 *
 * @param address Of the first byte.
 * @param first The position of the first event that belongs there.
 * @param last That of the last.
 */
export function salvage(
  bytes: Buffer,
  address: number,
  first: number,
  last: number,
): { records: EventRecord[]; lost: LostRecord[] } {
  const records: EventRecord[] = [];
  const lost: LostRecord[] = [];
  let expected = first;
  let foundUpTo = 0;
  const lose = (upTo: number, at: number): void => {
    for (; expected < upTo; expected++) {
      lost.push({ position: expected, from: address + foundUpTo, to: address + at });
    }
  };
  for (let at = 0; at < bytes.length && expected <= last;) {
    const size = recordBytes(bytes, at);
    const position = size === undefined ? 0 : positionIn(bytes, at);
    if (size === undefined || position < expected || position > last || !isIntact(bytes, at, size)) {
      at++;
      continue;
    }
    lose(position, at);
    records.push(readRecord(bytes, at, size, address + at));
    at += size;
    foundUpTo = at;
    expected = position + 1;
  }
  lose(last + 1, bytes.length);
  return { records, lost };
}

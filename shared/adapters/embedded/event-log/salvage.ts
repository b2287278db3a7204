import { isIntact, positionIn, readRecord, recordBytes, type EventRecord } from './event-record.js';

/** An event that is known to have been written and can't be found. */
export interface LostRecord {
  position: number;
  /** Its record begins at one of these addresses. */
  from: number;
  to: number;
  /** What its bytes say of its stream and revision, where they can be read; any of them may be the damaged one. */
  claim?: Pick<EventRecord, 'stream' | 'revision' | 'address'>;
}

/**
 * Finds what is left of records whose bytes, or those of the header before them, are damaged: each that is intact, wherever
 * it begins, and which ones are lost.
 *
 * @param address Of the first byte.
 * @param first The position of the first event that belongs there.
 * @param last That of the last.
 * @param isWhole Whether nothing of what belongs there comes behind the bytes: what is not found at all is lost then.
 */
export function salvage(
  bytes: Buffer,
  address: number,
  first: number,
  last: number,
  isWhole = true,
): { records: EventRecord[]; lost: LostRecord[] } {
  const records: EventRecord[] = [];
  const lost: LostRecord[] = [];
  let expected = first;
  let foundUpTo = 0;
  const lose = (upTo: number, at: number): void => {
    const claim = claimAt(bytes, foundUpTo, expected, address);
    for (let first = true; expected < upTo; expected++, first = false) {
      const range = { from: address + foundUpTo, to: address + at };
      lost.push({ position: expected, ...range, ...(first && claim !== undefined && { claim }) });
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
  if (isWhole) lose(last + 1, bytes.length);
  return { records, lost };
}

/** What the record that begins here says of itself, damaged as it is, when it has the right position and a possible length. */
function claimAt(bytes: Buffer, at: number, position: number, address: number): LostRecord['claim'] {
  const size = recordBytes(bytes, at);
  if (size === undefined || positionIn(bytes, at) !== position) return undefined;
  const { stream, revision } = readRecord(bytes, at, size, address + at);
  return { stream, revision, address: address + at };
}

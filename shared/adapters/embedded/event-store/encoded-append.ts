import { checkAppends } from '../../../core/ports/append-check.js';
import type { StreamAppend } from '../../../core/ports/event-store.js';
import type { ByteSlab } from '../event-log/byte-slab.js';
import { encodeRecord } from '../event-log/event-record.js';

/** A stream without events, as a revision. */
export const NO_REVISION = -1;

/** Events for one stream, checked and ready to be written. */
export interface EncodedAppend {
  stream: string;
  /** `NO_REVISION` when the stream must not exist yet. */
  expectedRevision: number;
  /** The record of each event, without its position. */
  records: Buffer[];
  bytes: number;
}

/**
 * Checks what is to be appended and encodes it, so that nothing of it can fail or take long inside a commit.
 *
 * @param slab Where the records go.
 * @throws InvalidRequestError naming what is wrong.
 */
export function encodeAppends(appends: readonly StreamAppend[], slab: ByteSlab): EncodedAppend[] {
  checkAppends(appends);
  return appends.map((append) => encodeAppend(append, slab));
}

function encodeAppend({ stream, expectedRevision, events }: StreamAppend, slab: ByteSlab): EncodedAppend {
  const expected = expectedRevision === 'no_stream' ? NO_REVISION : expectedRevision;
  const records: Buffer[] = [];
  let bytes = 0;
  for (const event of events) {
    const record = encodeRecord(stream, expected + 1 + records.length, event, slab);
    records.push(record);
    bytes += record.length;
  }
  return { stream, expectedRevision: expected, records, bytes };
}

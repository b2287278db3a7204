import { InvalidRequestError } from '../../../contracts/errors.js';
import { checkAppends } from '../../../ports/append-check.js';
import type { StreamAppend } from '../../../ports/event-store.js';
import type { ByteSlab } from './byte-slab.js';
import { storedText } from './stored-text.js';

/** The largest event that is taken, in bytes as stored. What the domain allows is far less. */
export const EVENT_BYTES_MAX = 1024 * 1024;

/** A stream without events, as a revision. */
export const NO_REVISION = -1;

/** Events for one stream, checked and ready to be written. */
export interface EncodedAppend {
  stream: string;
  /** `NO_REVISION` when the stream must not exist yet. */
  expectedRevision: number;
  /** What is stored for each event: `storedText` in UTF-8. */
  texts: Buffer[];
  bytes: number;
}

/**
 * Checks what is to be appended and encodes it, so that nothing of it can fail or take long inside a commit.
 *
 * @param slab Where the encoded texts go.
 * @throws InvalidRequestError naming what is wrong.
 */
export function encodeAppends(appends: readonly StreamAppend[], slab: ByteSlab): EncodedAppend[] {
  checkAppends(appends);
  return appends.map((append) => encodeAppend(append, slab));
}

function encodeAppend({ stream, expectedRevision, events }: StreamAppend, slab: ByteSlab): EncodedAppend {
  const expected = expectedRevision === 'no_stream' ? NO_REVISION : expectedRevision;
  const texts: Buffer[] = [];
  let bytes = 0;
  for (const event of events) {
    const text = slab.encode(storedText(stream, expected + 1 + texts.length, event));
    if (text.length > EVENT_BYTES_MAX) {
      throw new InvalidRequestError(
        `An event for ${stream} must have at most ${EVENT_BYTES_MAX} bytes, not ${text.length}`,
      );
    }
    texts.push(text);
    bytes += text.length;
  }
  return { stream, expectedRevision: expected, texts, bytes };
}

import { InvalidRequestError } from '../../../contracts/errors.js';
import { checkAppends } from '../../../ports/append-check.js';
import type { StreamAppend } from '../../../ports/event-store.js';
import { storedText } from './stored-text.js';

/** The largest event that is taken, in bytes as stored. What the domain allows is far less. */
export const EVENT_BYTES_MAX = 1024 * 1024;

/** What a UTF-16 code unit takes in UTF-8 at most, so that short texts need no counting. */
const UTF8_BYTES_PER_UNIT_MAX = 3;

/** A stream without events, as a revision. */
export const NO_REVISION = -1;

/** Events for one stream, checked and ready to be written. */
export interface EncodedAppend {
  stream: string;
  /** `NO_REVISION` when the stream must not exist yet. */
  expectedRevision: number;
  /** What is stored for each event: `storedText`. */
  texts: string[];
  characters: number;
}

/**
 * Checks what is to be appended and encodes it, so that nothing of it can fail or take long inside a commit.
 *
 * @throws InvalidRequestError naming what is wrong.
 */
export function encodeAppends(appends: readonly StreamAppend[]): EncodedAppend[] {
  checkAppends(appends);
  return appends.map(encodeAppend);
}

function encodeAppend({ stream, expectedRevision, events }: StreamAppend): EncodedAppend {
  const expected = expectedRevision === 'no_stream' ? NO_REVISION : expectedRevision;
  const texts: string[] = [];
  let characters = 0;
  for (const event of events) {
    const text = storedText(stream, expected + 1 + texts.length, event);
    checkEventSize(stream, text);
    texts.push(text);
    characters += text.length;
  }
  return { stream, expectedRevision: expected, texts, characters };
}

function checkEventSize(stream: string, text: string): void {
  if (text.length * UTF8_BYTES_PER_UNIT_MAX <= EVENT_BYTES_MAX) return;
  const bytes = Buffer.byteLength(text);
  if (bytes > EVENT_BYTES_MAX) {
    throw new InvalidRequestError(
      `An event for ${stream} must have at most ${EVENT_BYTES_MAX} bytes, not ${bytes}`,
    );
  }
}

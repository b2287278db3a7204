import { InvalidRequestError } from '../contracts/errors.js';
import { UTF8_BYTES_PER_UNIT_MAX, utf8Length } from '../contracts/utf8.js';
import { APPEND_EVENTS_MAX, type StreamAppend } from './event-store.js';

/** The longest name of a stream, in bytes of UTF-8. */
export const STREAM_NAME_BYTES_MAX = 1024;

/**
 * Checks what every event store refuses in the same words.
 *
 * @throws InvalidRequestError naming what is wrong.
 */
export function checkAppends(appends: readonly StreamAppend[]): void {
  if (appends.length > 1 && new Set(appends.map(({ stream }) => stream)).size < appends.length) {
    throw new InvalidRequestError('The streams of one append must be different ones');
  }
  for (const append of appends) checkAppend(append);
}

function checkAppend({ stream, expectedRevision, events }: StreamAppend): void {
  checkStreamName(stream);
  if (
    expectedRevision !== 'no_stream' &&
    !(Number.isSafeInteger(expectedRevision) && expectedRevision >= 0)
  ) {
    throw new InvalidRequestError(
      `The expected revision of ${stream} must be an int of 0 or more, or no_stream`,
    );
  }
  if (events.length < 1 || events.length > APPEND_EVENTS_MAX) {
    throw new InvalidRequestError(
      `An append to ${stream} must have 1 to ${APPEND_EVENTS_MAX} events, not ${events.length}`,
    );
  }
}

/** @throws InvalidRequestError when the name is empty, too long or no plain text. */
export function checkStreamName(stream: string): void {
  if (stream === '' || /[\u0000-\u001f]/.test(stream) || !stream.isWellFormed()) {
    throw new InvalidRequestError(
      `The name of a stream must be text without control characters, not ${JSON.stringify(stream)}`,
    );
  }
  if (stream.length * UTF8_BYTES_PER_UNIT_MAX <= STREAM_NAME_BYTES_MAX) return;
  if (utf8Length(stream) > STREAM_NAME_BYTES_MAX) {
    throw new InvalidRequestError(`The name of a stream must have at most ${STREAM_NAME_BYTES_MAX} bytes`);
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { TaskledgerUnavailableError } from './errors.js';
import type { ServerSentEvent } from './event-stream-parser.js';
import { retryDelayMs, type RetryPolicy } from './retries.js';
import { openEventStream } from './server-sent-events.js';

/** How an event stream is read. */
export interface ResumingStreamOptions {
  retry: RetryPolicy;
  signal: AbortSignal;
  /** The position to start after; without it, now. */
  after?: string | undefined;
  /** Whether the process stays for it. */
  keepsProcess: boolean;
  /** The stream is there. `resumed`: it goes on where it was, so nothing has been missed. */
  onOpen?: (resumed: boolean) => void;
  /** The stream is gone, or can't be had, for now. */
  onLost?: (error: Error) => void;
}

/**
 * The events of a stream, over as many connections as it takes, each going on after the last id that was read
 * (`Last-Event-ID`), so that nothing is missed or comes twice. Ends when the server says that there is no more to come, and
 * when the signal is aborted. Events without data only move the position on and are not given out.
 *
 * @throws TaskledgerRefusedError when the server has no such stream, or refuses the filter.
 */
export async function* resumingStream(
  url: URL,
  { retry, signal, after, keepsProcess, onOpen, onLost }: ResumingStreamOptions,
): AsyncGenerator<ServerSentEvent> {
  let lastEventId = after;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const events = await openEventStream(url, { lastEventId, signal, keepsProcess });
      if (events === undefined) return;
      onOpen?.(lastEventId !== undefined);
      for await (const event of events) {
        failures = 0;
        if (event.id !== undefined && event.id !== '') lastEventId = event.id;
        if (event.data !== '') yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      onLost?.(error as Error);
      if (!(error instanceof TaskledgerUnavailableError)) throw error;
      const waitMs = retryDelayMs(retry, ++failures);
      await delay(waitMs, undefined, { ref: keepsProcess, signal }).catch(() => {});
    }
  }
}

import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { EventStreamParser, type ServerSentEvent } from './event-stream-parser.js';
import { TaskledgerRefusedError, TaskledgerUnavailableError } from './errors.js';

/** A stream that is silent for so long is cut off: Taskledger sends something every 15 seconds. */
const SILENCE_MS_MAX = 45_000;

/** How an event stream is asked for. */
export interface EventStreamRequest {
  lastEventId: string | undefined;
  signal: AbortSignal;
  /** Whether the process stays for it. */
  keepsProcess: boolean;
}

/**
 * Opens an event stream.
 *
 * @returns its events; `undefined` when there is no more to come (204).
 * @throws TaskledgerRefusedError for any other answer but 200 that trying again does not change.
 * @throws TaskledgerUnavailableError when it can't be had now; the events throw it when the stream breaks.
 */
export async function openEventStream(
  url: URL,
  { lastEventId, signal, keepsProcess }: EventStreamRequest,
): Promise<AsyncIterable<ServerSentEvent> | undefined> {
  const resume = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const headers = { accept: 'text/event-stream', ...resume };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(
      url,
      // Without an agent: a connection of its own, which ends with the stream.
      { headers, signal, agent: false, timeout: SILENCE_MS_MAX },
      resolve,
    );
    request.on('timeout', () => request.destroy(new Error(`nothing came for ${SILENCE_MS_MAX} ms`)));
    request.on('socket', (socket) => (keepsProcess ? socket.ref() : socket.unref()));
    request.on('error', (cause) => reject(broken(url, cause)));
    request.end();
  });
  const status = response.statusCode ?? 0;
  if (status === 200) return eventsOf(url, response);
  response.destroy();
  if (status === 204) return undefined;
  const message = `${url.origin}${url.pathname} answered ${status} instead of an event stream`;
  if (status === 429 || status >= 500) throw new TaskledgerUnavailableError(message);
  throw new TaskledgerRefusedError(message, status);
}

async function* eventsOf(url: URL, response: IncomingMessage): AsyncGenerator<ServerSentEvent> {
  response.setEncoding('utf8');
  const parser = new EventStreamParser();
  try {
    for await (const chunk of response) yield* parser.take(String(chunk));
  } catch (cause) {
    throw broken(url, cause as Error);
  } finally {
    response.destroy();
  }
  throw new TaskledgerUnavailableError(`The event stream ${url.href} ended`);
}

function broken(url: URL, cause: Error): TaskledgerUnavailableError {
  return new TaskledgerUnavailableError(`No event stream from ${url.href}: ${cause.message}`, undefined, {
    cause,
  });
}

import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { EventStreamParser, type ServerSentEvent } from './event-stream-parser.js';
import { TaskledgerRefusedError, TaskledgerUnavailableError } from './errors.js';
import { parseEnvelope } from './json-http.js';

/** A stream that is silent for so long is cut off: Taskledger sends something every 15 seconds. */
const SILENCE_MS_MAX = 45_000;

/** How much is read of an answer that is no event stream: an envelope has less. */
const REFUSAL_CHARACTERS_MAX = 64 * 1024;

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
  if (status === 204) {
    response.destroy();
    return undefined;
  }
  const said = parseEnvelope(await refusalText(response).catch(() => ''))?.message;
  const message = said ?? `${url.origin}${url.pathname} answered ${status} instead of an event stream`;
  if (status === 429 || status >= 500) throw new TaskledgerUnavailableError(message);
  const reason = response.headers['taskledger-reason'];
  throw new TaskledgerRefusedError(message, status, typeof reason === 'string' ? reason : undefined);
}

/** What an answer says that is no event stream; the connection ends with it. */
async function refusalText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  // Leaving the loop early destroys the answer.
  for await (const chunk of response) if ((text += String(chunk)).length > REFUSAL_CHARACTERS_MAX) break;
  return text;
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

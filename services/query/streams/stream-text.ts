/** How long an `EventSource` waits before it connects again, in milliseconds. */
const RETRY_MS = 2_000;

/** What every stream begins with (server-sent events, WHATWG HTML, section 9.2). */
export const OPENING_TEXT = `retry: ${RETRY_MS}\n\n`;

/** Moves a client on and gives it no event: an `id` without data. */
export function placeText(id: string): string {
  return `id: ${id}\n\n`;
}

/** Says nothing, but keeps proxies from closing the connection, and finds out when it is gone. */
export const HEARTBEAT_TEXT = ':\n\n';

/** What an event tells: the state of a task that the stream is about, or that it is about this task no longer. */
export type StreamEventType = 'task' | 'left';

/**
 * One event, and the id that a client goes on after: the event's own is its place alone, which compares with others.
 *
 * @param json On one line.
 * @param id The same place, marked.
 */
export function eventText(
  type: StreamEventType | 'message',
  place: string,
  json: string,
  id: string,
): string {
  return `event: ${type}\nid: ${place}\ndata: ${json}\n\n${placeText(id)}`;
}

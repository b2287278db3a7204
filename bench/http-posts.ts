import { setTimeout as delay } from 'node:timers/promises';
import { HttpConnection } from './http-connection.js';

/** A whole request, head and body, ready to be sent: making it is no part of what is measured. */
export function postRequest(url: string, contentType: string, body: string): Buffer {
  const { host, pathname } = new URL(url);
  return Buffer.from(
    `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${contentType}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** A whole request for what a URL names. */
export function getRequest(url: string): Buffer {
  const { host, pathname, search } = new URL(url);
  return Buffer.from(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
}

/**
 * Sends rows of requests over connections that stay open: each connection takes a row, sends its requests one after the
 * other, and takes the next.
 *
 * @param rows Looked at as they are needed, so that there may be more than fit into memory.
 * @param isTaken Looks at each whole answer, its head included. What the server had too much to do for is sent again a
 *   second later, which is the server's time.
 * @returns How long it took until the last answer, in milliseconds.
 * @throws Error when a request is refused, or not taken however often it is sent.
 */
export async function sendRows(
  url: string,
  rows: Iterable<readonly Buffer[]>,
  connections: number,
  isTaken: (answer: Buffer) => boolean,
): Promise<number> {
  const opened = await HttpConnection.openAll(url, connections);
  const left = rows[Symbol.iterator]();
  const start = performance.now();
  try {
    await Promise.all(
      opened.map(async (connection) => {
        for (let row = left.next(); row.done !== true; row = left.next())
          for (const request of row.value) await sendUntilTaken(connection, request, isTaken);
      }),
    );
    return performance.now() - start;
  } finally {
    for (const connection of opened) connection.close();
  }
}

/** As the program asks for. */
const SEND_AGAIN_MS = 1_000;
const SEND_AGAIN_MAX = 60;

/** An answer, or a batch's answer for one of its events, that asks for the same again. */
const BUSY = [Buffer.from('HTTP/1.1 503 '), Buffer.from('"outcome":"unavailable"')];

async function sendUntilTaken(
  connection: HttpConnection,
  request: Buffer,
  isTaken: (answer: Buffer) => boolean,
): Promise<void> {
  for (let again = 0; ; again++) {
    const answer = await connection.send(request);
    if (isTaken(answer)) return;
    if (again === SEND_AGAIN_MAX || !BUSY.some((text) => answer.includes(text)))
      throw new Error(`Not taken: ${answer.toString('utf8', 0, SHOWN_BYTES_MAX)}`);
    await delay(SEND_AGAIN_MS);
  }
}

/** Of an answer that is not as it must be. */
const SHOWN_BYTES_MAX = 1_000;

/** That an event is on record. Each is of its own, so that a duplicate is one that was sent again. */
const TAKEN = [Buffer.from('"outcome":"accepted"'), Buffer.from('"outcome":"duplicate"')];

/** Whether an answer says of that many events that they are on record. */
export function allTaken(events: number): (answer: Buffer) => boolean {
  return (answer) => TAKEN.reduce((sum, outcome) => sum + countOf(outcome, answer), 0) === events;
}

function countOf(text: Buffer, answer: Buffer): number {
  let count = 0;
  for (let at = answer.indexOf(text); at !== -1; at = answer.indexOf(text, at + text.length)) count++;
  return count;
}

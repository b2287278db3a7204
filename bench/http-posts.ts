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
 * other, and takes the next. One that is answered 503 is sent again a second later.
 *
 * @param rows Looked at as they are needed, so that there may be more than fit into memory.
 * @param check Looks at each whole answer, its head included, and throws when it is not as it must be.
 * @returns How long it took until the last answer, in milliseconds.
 */
export async function sendRows(
  url: string,
  rows: Iterable<readonly Buffer[]>,
  connections: number,
  check: (answer: Buffer) => void,
): Promise<number> {
  const opened = await HttpConnection.openAll(url, connections);
  const left = rows[Symbol.iterator]();
  const start = performance.now();
  try {
    await Promise.all(
      opened.map(async (connection) => {
        for (let row = left.next(); row.done !== true; row = left.next())
          for (const request of row.value) check(await sendUntilTaken(connection, request));
      }),
    );
    return performance.now() - start;
  } finally {
    for (const connection of opened) connection.close();
  }
}

const BUSY = Buffer.from('HTTP/1.1 503 ');

/** After as long as the program asks for, and no more often than a machine that is very busy needs. */
const SEND_AGAIN_MS = 1_000;
const SEND_AGAIN_MAX = 60;

/** Sends a request again when the server has too much to do to take it: the time that takes is the server's. */
async function sendUntilTaken(connection: HttpConnection, request: Buffer): Promise<Buffer> {
  for (let again = 0; ; again++) {
    const answer = await connection.send(request);
    if (again === SEND_AGAIN_MAX || !answer.subarray(0, BUSY.length).equals(BUSY)) return answer;
    await delay(SEND_AGAIN_MS);
  }
}

const ACCEPTED = Buffer.from('"outcome":"accepted"');

/** Throws unless an answer says of that many events that they were accepted. */
export function expectAccepted(events: number): (answer: Buffer) => void {
  return (answer) => {
    let accepted = 0;
    for (let at = answer.indexOf(ACCEPTED); at !== -1; at = answer.indexOf(ACCEPTED, at + ACCEPTED.length))
      accepted++;
    if (accepted === events) return;
    throw new Error(`Of ${events} events ${accepted} were accepted: ${answer.toString()}`);
  };
}

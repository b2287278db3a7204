import { setTimeout as delay } from 'node:timers/promises';
import type { HttpConnection } from './http-connection.js';

/** Time for what goes on after an answer, so that the next request meets a server that does nothing else. */
const SETTLE_MS = 5;

const OK = Buffer.from('HTTP/1.1 200 ');

/**
 * Sends one request while nothing else is going on.
 *
 * @returns How long the answer took, in milliseconds, and the answer's body as text.
 * @throws Error when the answer is not 200.
 */
export async function alone(
  connection: HttpConnection,
  request: Buffer,
): Promise<{ ms: number; body: string }> {
  await delay(SETTLE_MS);
  return timed(connection, request);
}

/** The same at once. */
export async function timed(
  connection: HttpConnection,
  request: Buffer,
): Promise<{ ms: number; body: string }> {
  const start = performance.now();
  const answer = await connection.send(request);
  const ms = performance.now() - start;
  if (!answer.subarray(0, OK.length).equals(OK))
    throw new Error(`Not what is to be measured: ${answer.toString()}`);
  return { ms, body: answer.toString('utf8', answer.indexOf('\r\n\r\n') + 4) };
}

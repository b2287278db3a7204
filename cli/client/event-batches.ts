import { setTimeout as delay } from 'node:timers/promises';
import { TaskledgerRefusedError, TaskledgerUnavailableError } from '../../clients/typescript/src/errors.js';
import { successData } from '../../clients/typescript/src/json-http.js';
import { retryDelayMs, withRetries } from '../../clients/typescript/src/retries.js';
import { BATCH_BYTES_MAX, BATCH_EVENTS_MAX } from '../../clients/typescript/src/task-event.js';
import type { WireOutcome } from '../../clients/typescript/src/transport.js';
import type { Connection } from './connection.js';
import { eventIdOf } from './sent-events.js';

const PATH = '/api/v1/events';
const HEADERS = { 'content-type': 'application/cloudevents-batch+json' };

/** Events in their order, in parts that one request may carry. One that is larger alone is a part of its own. */
export function batchesOf(texts: readonly string[]): string[][] {
  const batches: string[][] = [];
  let bytes = Infinity;
  for (const text of texts) {
    const own = Buffer.byteLength(text) + 1;
    const last = batches.at(-1);
    if (last === undefined || last.length === BATCH_EVENTS_MAX || bytes + own > BATCH_BYTES_MAX) {
      batches.push([text]);
      bytes = own;
    } else {
      last.push(text);
      bytes += own;
    }
  }
  return batches;
}

/**
 * Sends the events of a batch, and again those that could not be recorded now; the repeat of one that was has no effect, since
 * its id is the same.
 *
 * @returns an outcome for each, in their order; `unavailable` when the tries are used up.
 * @throws TaskledgerUnavailableError when there was no answer; TaskledgerRefusedError when something else answers there.
 */
export async function sendBatch(connection: Connection, texts: readonly string[]): Promise<WireOutcome[]> {
  const outcomes = await sendOnce(connection, texts);
  for (let tries = 1; tries < connection.retry.attemptsMax; tries++) {
    const open = outcomes.flatMap(({ outcome }, at) => (outcome === 'unavailable' ? [at] : []));
    if (open.length === 0) break;
    await delay(retryDelayMs(connection.retry, tries));
    const again = await sendOnce(
      connection,
      open.map((at) => texts[at] as string),
    );
    for (const [place, at] of open.entries()) outcomes[at] = again[place] as WireOutcome;
  }
  return outcomes;
}

async function sendOnce(connection: Connection, texts: readonly string[]): Promise<WireOutcome[]> {
  const { http, retry } = connection;
  const body = `[${texts.join(',')}]`;
  try {
    const data = await withRetries(retry, async () =>
      successData(await http.request('POST', PATH, body, HEADERS)),
    );
    if (Array.isArray(data) && data.length === texts.length) return data as WireOutcome[];
    throw new TaskledgerUnavailableError('Taskledger has not said what became of each event');
  } catch (error) {
    if (!(error instanceof TaskledgerRefusedError) || error.reason === undefined) throw error;
    const [text] = texts as [string];
    if (texts.length === 1) return [await rejected(text, error)];
    // Which event of a refused request was to blame shows when each is sent alone.
    const outcomes: WireOutcome[] = [];
    for (const each of texts) outcomes.push(...(await sendOnce(connection, [each])));
    return outcomes;
  }
}

/** The outcome of an event that was refused before Taskledger has looked at what it says. */
export async function rejected(
  text: string,
  { message, status, reason = '' }: Pick<TaskledgerRefusedError, 'message' | 'status' | 'reason'>,
): Promise<WireOutcome> {
  const event_id = await eventIdOf(text);
  return { event_id, outcome: 'rejected', task_id: null, code: status, reason, message, position: null };
}

import { setTimeout as delay } from 'node:timers/promises';
import type { JsonHttp } from './json-http.js';
import { linkedPages } from './linked-pages.js';
import type { RetryPolicy } from './retries.js';
import type { CancelFacts } from './transport.js';
import type { History } from './wire.js';

/** How many pages of a history are looked through, of 1,000 events each. */
const PAGES_MAX = 10;

/** How long it may take: the work should hear of the cancel soon. */
const ASK_MS_MAX = 2_000;

const ONCE: RetryPolicy = { attemptsMax: 1, retryDelayMsMin: 0, retryDelayMsMax: 0 };

/**
 * Who cancelled a task and why, by its history; nothing where that can't be had now, or the history is very long: that it was
 * cancelled is what matters.
 */
export function presentCancel(http: JsonHttp, taskId: number): Promise<CancelFacts> {
  return Promise.race([askedCancel(http, taskId), delay(ASK_MS_MAX, {}, { ref: false })]);
}

async function askedCancel(http: JsonHttp, taskId: number): Promise<CancelFacts> {
  try {
    let pages = 0;
    for await (const { data } of linkedPages(http, ONCE, `/api/v1/tasks/${taskId}/history?limit=1000`)) {
      const cancel = (data as History).events.find(({ type }) => type === 'TaskCancelled');
      if (cancel !== undefined) {
        const { reason } = cancel.data;
        return { reason: typeof reason === 'string' ? reason : undefined, actor: cancel.principal };
      }
      if (++pages === PAGES_MAX) break;
    }
  } catch {
    // Not known.
  }
  return {};
}

import { setTimeout as delay } from 'node:timers/promises';
import {
  TaskledgerRefusedError,
  type TaskDetail,
  type TaskledgerClient,
} from '../../clients/typescript/src/index.js';

/** What the API shows follows what was recorded after some milliseconds; this is when waiting for it makes no sense. */
const WAIT_MS_MAX = 30_000;
const ASK_INTERVAL_MS = 50;

/**
 * A task as the API shows it, once it shows what is waited for.
 *
 * @throws Error when it does not in `WAIT_MS_MAX`, and what the client throws.
 */
export async function shownTask(
  ledger: TaskledgerClient,
  id: number,
  isAwaited: (task: TaskDetail) => boolean,
): Promise<TaskDetail> {
  for (let waitedMs = 0; waitedMs < WAIT_MS_MAX; waitedMs += ASK_INTERVAL_MS) {
    const task = await ledger.get(id).catch((error: unknown) => {
      // A task that was created a moment ago may not be shown yet.
      if (error instanceof TaskledgerRefusedError && error.status === 404) return undefined;
      throw error;
    });
    if (task !== undefined && isAwaited(task)) return task;
    await delay(ASK_INTERVAL_MS);
  }
  throw new Error(`Task ${id} does not show what it should after ${WAIT_MS_MAX} ms`);
}

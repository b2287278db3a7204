import { CHANGES_PER_TASK, TASKS_PER_BATCH } from './lives.js';
import { processorUs } from './process-usage.js';
import { lifeRows, publishLives } from './publish-lives.js';
import { APPENDERS } from './raw-ledger.js';
import { caughtUp, type ServerProcess } from './server-process.js';

/** Rows of 600 events. Enough that the ends, when not every connection has a request under way, hardly count. */
const ROWS = 2 * APPENDERS;

/** What lives of tasks took a server. */
export interface LivesRound {
  /** Events a second. */
  rate: number;
  /** The server's processor time for each event, in microseconds. */
  processorUs: number;
}

/**
 * Publishes the lives of some thousand tasks. What is left to be projected when the last batch is answered counts, too:
 * else it would slow down whoever is next.
 */
export async function livesRound({ url, child }: ServerProcess): Promise<LivesRound> {
  const rows = lifeRows(url, ROWS);
  const events = ROWS * CHANGES_PER_TASK * TASKS_PER_BATCH;
  const usedUs = await processorUs(child.pid);
  const start = performance.now();
  await publishLives(url, rows);
  await caughtUp(url);
  const ms = performance.now() - start;
  return { rate: (events * 1000) / ms, processorUs: ((await processorUs(child.pid)) - usedUs) / events };
}

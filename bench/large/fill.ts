import { caughtUp } from '../server-process.js';
import { lifeRow, publishLives } from '../publish-lives.js';
import { TASKS_PER_BATCH } from '../lives.js';

/** How long projecting what was published may take after the last answer. */
const PROJECTING_MS_MAX = 3_600_000;

/** How often a long run says how far it is. */
const TASKS_PER_LINE = 500_000;

/** Publishes the lives of that many tasks, and waits until all of them show. */
export async function fill(url: string, tasks: number): Promise<void> {
  await publishLives(url, rowsOf(url, tasks));
  await caughtUp(url, PROJECTING_MS_MAX);
}

/** Rows are made as they are needed: those of millions of tasks fit into no memory. */
function* rowsOf(url: string, tasks: number): Generator<Buffer[]> {
  const start = performance.now();
  for (let made = 0; made < tasks; made += TASKS_PER_BATCH) {
    if (made > 0 && made % TASKS_PER_LINE === 0) {
      const seconds = Math.round((performance.now() - start) / 1000);
      process.stderr.write(`${made.toLocaleString('en-US')} tasks after ${seconds} s\n`);
    }
    yield lifeRow(url);
  }
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alone, timed } from './alone.js';
import { median, type BenchFigure } from './figure.js';
import { HttpConnection } from './http-connection.js';
import { getRequest, postRequest } from './http-posts.js';
import { EVENT_TYPE, life } from './lives.js';
import { eventsUrl } from './publish-lives.js';
import { startTaskledger } from './server-process.js';

const TASKS = 300;
const WARM_UP_TASKS = 100;
const ASK_MS_MAX = 10_000;

/**
 * From the answer of a task's creation until the list has shown it, asked for again and again, against the time of that
 * answer itself. Each task by itself.
 */
export async function benchVisible(): Promise<BenchFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-visible-'));
  const server = await startTaskledger(folder);
  try {
    const connection = await HttpConnection.open(server.url);
    const list = getRequest(`${server.url}/api/v1/tasks?limit=1`);
    const [delays, limits]: [number[], number[]] = [[], []];
    for (let task = 0; task < WARM_UP_TASKS + TASKS; task++) {
      const created = await alone(connection, postRequest(eventsUrl(server.url), EVENT_TYPE, life()[0]!));
      const answeredAt = performance.now();
      const id = Number(/"task_id":(\d+)/.exec(created.body)?.[1]);
      await shown(connection, list, `"data":[{"id":${id},`);
      if (task < WARM_UP_TASKS) continue;
      delays.push(performance.now() - answeredAt);
      limits.push(created.ms);
    }
    connection.close();
    const [measured, limit] = [median(delays), median(limits)];
    return {
      name: 'Visible in the list after the answer, p50, against one event alone',
      ...{ unit: 'ms', measured, limit, ratio: measured / limit, target: 0.5, better: 'lower' },
    };
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Asks until the answer holds a text; fails when it takes too long. */
async function shown(connection: HttpConnection, request: Buffer, text: string): Promise<void> {
  const deadlineMs = performance.now() + ASK_MS_MAX;
  while (performance.now() < deadlineMs) {
    const { body } = await timed(connection, request);
    if (body.includes(text)) return;
  }
  throw new Error(`${text} did not show within ${ASK_MS_MAX} ms`);
}

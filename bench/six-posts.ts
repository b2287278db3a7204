import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { alone, timed } from './alone.js';
import { median, type BenchFigure } from './figure.js';
import { HttpConnection } from './http-connection.js';
import { getRequest, postRequest } from './http-posts.js';
import { CHANGES_PER_TASK, EVENT_TYPE, life } from './lives.js';
import { eventsUrl } from './publish-lives.js';
import { startTaskledger } from './server-process.js';

const TASKS_PER_SECOND = 100;
const ROUNDS = 6;
const TASKS_PER_ROUND = 100;
const ALONE_TASKS_PER_ROUND = 15;
const ASK_MS_MAX = 10_000;

/**
 * Tasks that begin at a steady pace, each sending its six events one after the other and then asking for its detail again and
 * again until that shows it completed: from the first event until then, against six times one event alone. In turns.
 */
export async function benchSixPosts(): Promise<BenchFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-six-'));
  const server = await startTaskledger(folder);
  try {
    const [times, limits]: [number[], number[]] = [[], []];
    // The first round is for the compilers.
    for (let round = 0; round <= ROUNDS; round++) {
      const aloneMs = await eventsAlone(server.url);
      const lifeMs = await livesAtPace(server.url);
      if (round === 0) continue;
      limits.push(...aloneMs);
      times.push(...lifeMs);
    }
    const [measured, limit] = [median(times), median(limits) * CHANGES_PER_TASK];
    return {
      name: `${TASKS_PER_SECOND} tasks/s of six single posts each until visible, p50, against six times one event alone`,
      ...{ unit: 'ms', measured, limit, ratio: measured / limit, target: 1.3, better: 'lower' },
    };
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** How long each event of some tasks takes by itself. */
async function eventsAlone(url: string): Promise<number[]> {
  const connection = await HttpConnection.open(url);
  const times: number[] = [];
  for (let task = 0; task < ALONE_TASKS_PER_ROUND; task++)
    for (const event of life())
      times.push((await alone(connection, postRequest(eventsUrl(url), EVENT_TYPE, event))).ms);
  connection.close();
  return times;
}

/** How long each task takes of those that begin one after the other, however long those before them take. */
async function livesAtPace(url: string): Promise<number[]> {
  // Of this round alone: the server closes those that nobody has used for a while.
  const free: HttpConnection[] = [];
  const start = performance.now();
  const times = await Promise.all(
    Array.from({ length: TASKS_PER_ROUND }, async (_, task) => {
      const requests = life().map((event) => postRequest(eventsUrl(url), EVENT_TYPE, event));
      await delay(Math.max(0, start + (task * 1000) / TASKS_PER_SECOND - performance.now()));
      const connection = free.pop() ?? (await HttpConnection.open(url));
      const ms = await liveOne(connection, url, requests);
      free.push(connection);
      return ms;
    }),
  );
  for (const connection of free) connection.close();
  return times;
}

async function liveOne(
  connection: HttpConnection,
  url: string,
  requests: readonly Buffer[],
): Promise<number> {
  const start = performance.now();
  let body = '';
  for (const request of requests) ({ body } = await timed(connection, request));
  const id = /"task_id":(\d+)/.exec(body)?.[1];
  const detail = getRequest(`${url}/api/v1/tasks/${id}`);
  while (performance.now() < start + ASK_MS_MAX) {
    const { body } = await timed(connection, detail);
    if (body.includes('"status":"completed"')) return performance.now() - start;
  }
  throw new Error(`Task ${id} was not shown as completed within ${ASK_MS_MAX} ms`);
}

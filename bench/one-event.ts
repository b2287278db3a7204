import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alone } from './alone.js';
import { median, type BenchFigure } from './figure.js';
import { HttpConnection } from './http-connection.js';
import { postRequest } from './http-posts.js';
import { CHANGES_PER_TASK, EVENT_TYPE, life } from './lives.js';
import { eventsUrl } from './publish-lives.js';
import { startTaskledger } from './server-process.js';
import { startBarePost } from './start-bare-post.js';

const TASKS = 80;
const WARM_UP_TASKS = 40;

/**
 * One event by itself, of a new task or one that is known, until it is answered and so durable, against a bare Koa that does
 * one durable put of the same body. In turns, over a connection that stays open.
 */
export async function benchOneEvent(): Promise<BenchFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-one-'));
  const server = await startTaskledger(join(folder, 'data'));
  const bare = await startBarePost(join(folder, 'bare'));
  try {
    const [own, raw] = [await HttpConnection.open(server.url), await HttpConnection.open(bare.url)];
    const [times, limits]: [number[], number[]] = [[], []];
    for (let task = 0; task < WARM_UP_TASKS + TASKS; task++) {
      for (const event of life()) {
        const limit = await alone(raw, postRequest(bare.url, EVENT_TYPE, event));
        const measured = await alone(own, postRequest(eventsUrl(server.url), EVENT_TYPE, event));
        if (task < WARM_UP_TASKS) continue;
        limits.push(limit.ms);
        times.push(measured.ms);
      }
    }
    if (times.length !== TASKS * CHANGES_PER_TASK) throw new Error('Not every event was measured');
    own.close();
    raw.close();
    const [measured, limit] = [median(times), median(limits)];
    return {
      name: 'One event alone until durable, p50, against a bare Koa with one durable LMDB put',
      ...{ unit: 'ms', measured, limit, ratio: measured / limit, target: 1.6, better: 'lower' },
    };
  } finally {
    await Promise.all([server.stop(), bare.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

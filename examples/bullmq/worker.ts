import { setTimeout as delay } from 'node:timers/promises';
import { Worker, type Job } from 'bullmq';
import { Redis } from 'ioredis';
import { TaskledgerClient } from '../../clients/typescript/src/index.js';
import { KINDS, type KindName } from './kinds.js';
import { redisOf } from './redis-of.js';
import { cancellable, stopCancelled } from './worker-cancels.js';

const CONCURRENCY = 40;
const FOREVER_MS = 3_600_000;

/** A worker that knows nothing of Taskledger, but for the cancels. It counts its runs in Redis, under `runs:<queue>`. */
async function main(): Promise<void> {
  const [name = '', redis, url = ''] = process.argv.slice(2);
  const connection = redisOf(redis);
  const counts = new Redis(connection);
  const work = async (job: Job, signal: AbortSignal): Promise<unknown> => {
    const run = await counts.hincrby(`runs:${name}`, job.id as string, 1);
    const kind = job.name as KindName;
    await job.updateProgress(run);
    if (kind === 'endless' || (kind === 'killed' && run === 1))
      await delay(FOREVER_MS, undefined, { signal });
    if (run <= KINDS[kind].failures) throw new RangeError(`Run ${run} of ${kind} ${job.id} failed`);
    return { run };
  };
  const worker = new Worker(name, cancellable(work), {
    ...{ connection, concurrency: CONCURRENCY },
    // So short that the jobs of a worker that was killed begin again soon.
    ...{ lockDuration: 2_000, stalledInterval: 500 },
  });
  worker.on('error', (error) => console.error(error));
  await worker.waitUntilReady();
  console.log('The worker is ready');
  const ledger = new TaskledgerClient({ url, source: '/bullmq/worker' });
  await stopCancelled(worker, ledger, new AbortController().signal);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

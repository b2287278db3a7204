import { Queue, QueueEvents } from 'bullmq';
import { TaskledgerClient } from '../../clients/typescript/src/index.js';
import { Outbox } from './outbox.js';
import { QueueBridge } from './queue-bridge.js';
import { redisOf } from './redis-of.js';

const USAGE = `Usage: node dist/examples/bullmq/bridge.js QUEUE [REDIS_URL] [TASKLEDGER_URL]

Shows a BullMQ queue's jobs in Taskledger, up to Ctrl-C. It can be killed and started again at any time.`;

/** Runs the bridge of one queue, until it is told to stop. */
async function main(): Promise<void> {
  const [name, redis, url = 'http://127.0.0.1:8000'] = process.argv.slice(2);
  if (name === undefined) throw new Error(USAGE);
  const connection = redisOf(redis);
  const queue = new Queue(name, { connection });
  const events = new QueueEvents(name, { connection, autorun: false, lastEventId: '0-0' });
  const outbox = new Outbox(url, `/bullmq/${name}`, ({ type, subject }, reason, message) =>
    // A cancel that the queue confirms, or what was still said of a cancelled job, is nothing to worry about.
    reason === 'already_cancelled'
      ? undefined
      : console.error(`${type} of ${subject}: ${reason}, ${message}`),
  );
  const bridge = new QueueBridge(queue, events, outbox, { projectId: 1, taskType: 'crawl' });
  events.on('error', (error) => {
    console.error(error);
    process.exit(1);
  });
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  const ledger = new TaskledgerClient({ url, source: '/bullmq' });
  void events.run();
  console.log('The bridge listens');
  const cancels = { status: 'cancelled', include: ['key'], signal: stopped.signal } as const;
  for await (const { task } of ledger.watch(cancels)) await bridge.cancel(task.key);
  await events.close();
  await outbox.flushed();
  await Promise.all([queue.close(), ledger.close()]);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FlowProducer, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { TaskledgerClient, type JsonObject, type Task } from '../../clients/typescript/src/index.js';
import { CANCELLED, keyOf } from './job-task.js';
import { KINDS, type Kind, type KindName } from './kinds.js';
import { redisOf } from './redis-of.js';

/** Kinds in which nobody has a hand. */
const ALONE: KindName[] = ['plain', 'flaky', 'impatient', 'hopeless'];

/** Prints for each of 200 jobs, as a line of JSON, how the queue and Taskledger say that it went. */
async function main(): Promise<void> {
  const [redis = 'redis://127.0.0.1:6379', url = 'http://127.0.0.1:8000'] = process.argv.slice(2);
  const name = `mail-${Date.now()}`;
  const connection = redisOf(redis);
  const queue = new Queue(name, { connection });
  // The same jobs in a queue that nobody watches, as far as nobody has a hand in them.
  const alone = new Queue(`${name}-alone`, { connection });
  const ledger = new TaskledgerClient({ url, source: '/bullmq/example' });
  const started = (program: string, of = name): Promise<ChildProcess> =>
    startProgram(program, [of, redis, url]);
  const taskOf = async (key: string): Promise<Task | undefined> => {
    for await (const task of ledger.list({ key, include: ['attempt'] })) return task;
    return undefined;
  };

  let bridge = await started('bridge.js');
  const doomed = await started('worker.js');
  const add = async (kind: KindName, to = queue): Promise<void> => {
    const { jobs, options } = KINDS[kind] as Kind;
    await to.addBulk(
      Array.from({ length: jobs }, (_, at) => ({
        name: kind,
        data: {},
        opts: { ...options, jobId: `${kind}-${at}` },
      })),
    );
  };
  const runs = new Redis(connection);
  const runsOf = async (id: string, { name: of } = queue): Promise<number> =>
    Number(await runs.hget(`runs:${of}`, id));
  const all = async (kind: KindName, holds: (id: string) => Promise<boolean>): Promise<boolean> => {
    for (let at = 0; at < KINDS[kind].jobs; at++) if (!(await holds(`${kind}-${at}`))) return false;
    return true;
  };

  // A worker is killed that runs these; another one begins them again, and does all the rest.
  await add('killed');
  await until(() => all('killed', async (id) => (await runsOf(id)) === 1));
  doomed.kill('SIGKILL');
  const worker = await started('worker.js');
  for (const kind of ['plain', 'flaky', 'impatient', 'hopeless', 'byHand', 'endless', 'patient'] as const)
    await add(kind);
  const unwatched = await started('worker.js', alone.name);
  for (const kind of ALONE) await add(kind, alone);
  const child = (id: string) => ({
    name: 'child',
    queueName: name,
    opts: { ...KINDS.child.options, jobId: id },
  });
  const flows = new FlowProducer({ connection });
  await flows.addBulk(
    Array.from({ length: KINDS.parent.jobs }, (_, at) => ({
      ...{ name: 'parent', queueName: name, opts: { jobId: `parent-${at}` } },
      children: [0, 1, 2].map((nth) => child(`child-${3 * at + nth}`)),
    })),
  );
  // The bridge is killed as well; what it missed is in the queue's stream.
  bridge.kill('SIGKILL');
  bridge = await started('bridge.js');

  // Retries by hand, once they have failed for good.
  await until(() => all('byHand', async (id) => (await queue.getJobState(id)) === 'failed'));
  for (let at = 0; at < KINDS.byHand.jobs; at++) await (await queue.getJob(`byHand-${at}`))?.retry('failed');

  // Cancels, of what runs and of what waits.
  for (const [kind, status] of [
    ['endless', 'running'],
    ['patient', 'pending'],
  ] as const) {
    await until(() => all(kind, async (id) => (await taskOf(keyOf(name, id)))?.status === status));
    for (let at = 0; at < KINDS[kind].jobs; at++) {
      const task = await taskOf(keyOf(name, `${kind}-${at}`));
      await ledger.cancel(task?.id as number, { reason: 'not needed', actor: 'anna' });
    }
  }

  await until(() => isDone(queue));
  await until(() => isDone(alone));
  await until(async () => {
    for await (const _ of ledger.list({ projectId: 1, status: ['pending', 'running'] })) return false;
    return true;
  });
  for (const kind of Object.keys(KINDS) as KindName[]) {
    for (let at = 0; at < KINDS[kind].jobs; at++) {
      const id = `${kind}-${at}`;
      const job = await queue.getJob(id);
      const state = await queue.getJobState(id);
      const isCancelled = state === 'unknown' || job?.failedReason?.startsWith(CANCELLED) === true;
      const tasks: object[] = [];
      for (let run = 1; run <= KINDS[kind].ends.length + 1; run++) {
        const task = await taskOf(keyOf(name, id, run));
        if (task === undefined) break;
        tasks.push({ status: task.status, attempt: task.attempt, ...(await lifeOf(ledger, task.id)) });
      }
      const runsMade = {
        runs: await runsOf(id),
        runsAlone: ALONE.includes(kind) ? await runsOf(id, alone) : null,
      };
      console.log(JSON.stringify({ kind, id, queue: isCancelled ? 'cancelled' : state, ...runsMade, tasks }));
    }
  }
  await Promise.all([stop(worker, 'SIGKILL'), stop(unwatched, 'SIGKILL'), stop(bridge, 'SIGTERM')]);
  await Promise.all([queue.close(), alone.close(), flows.close(), ledger.close()]);
  runs.disconnect();
}

/** What the ledger has of a task: how often it was started and failed, and which other tasks it names. */
async function lifeOf(ledger: TaskledgerClient, id: number): Promise<object> {
  const types: string[] = [];
  let created: JsonObject = {};
  for await (const { type, isEvidence, data } of ledger.history(id)) {
    if (type === 'TaskCreated') created = data;
    if (!isEvidence) types.push(type);
  }
  const { parent, retry_of: retryOf } = created;
  const starts = types.filter((type) => type === 'TaskStarted').length;
  const failures = types.filter((type) => type.endsWith('Failed')).length;
  return { starts, failures, parent, retryOf };
}

/** Whether a queue has nothing left to do. */
async function isDone(queue: Queue): Promise<boolean> {
  const counts = await queue.getJobCounts('active', 'waiting', 'delayed', 'waiting-children', 'prioritized');
  return Object.values(counts).every((count) => count === 0);
}

const START_MS_MAX = 20_000;
const LOOK_MS = 25;
const UNTIL_MS_MAX = 30_000;

/** Starts one of the programs here and waits until it says that it is there. */
async function startProgram(program: string, args: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.on('exit', () => child.kill('SIGKILL'));
  await once(child.stdout, 'data', { signal: AbortSignal.timeout(START_MS_MAX) });
  return child;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** Waits for something outside this process. @throws Error when it does not come. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + UNTIL_MS_MAX;
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error(`Waited in vain: ${String(holds)}`);
    await delay(LOOK_MS);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

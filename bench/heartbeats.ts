import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchFigure } from './figure.js';
import { processorUs } from './process-usage.js';
import { caughtUp, startTaskledger, type ServerProcess } from './server-process.js';

const TASKS = 10_000;
/** Each of them has a heartbeat so often. */
const BEAT_MS = 10_000;
/** How many of them one message has: those that one process works on. */
const TASKS_PER_MESSAGE = 100;
const ROUNDS = 2;
/** Two events of each task to a batch. */
const TASKS_PER_BATCH = 500;

/**
 * What heartbeats of 10,000 running tasks every 10 seconds cost one process that has all roles, over HTTP, against one core; less
 * what it takes when there are none.
 */
export async function benchHeartbeats(): Promise<BenchFigure> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskledger-bench-heartbeats-'));
  const taskledger = await startTaskledger(dataDir);
  try {
    const keys = Array.from({ length: TASKS }, (_, number) => `bench/heartbeats/${number}`);
    for (let at = 0; at < TASKS; at += TASKS_PER_BATCH)
      await post(taskledger, '/api/v1/events', keys.slice(at, at + TASKS_PER_BATCH).flatMap(runningTask));
    await caughtUp(taskledger.url);
    await beat(taskledger, keys);
    const idle = await coresTaken(taskledger, () => delay(BEAT_MS));
    const beating = await coresTaken(taskledger, () => beat(taskledger, keys));
    const measured = Math.max(0, beating - idle);
    return {
      name: `Heartbeats of ${TASKS} running tasks every ${BEAT_MS / 1000} s, ${TASKS_PER_MESSAGE} to a message over HTTP, against one core`,
      ...{ unit: 'cores', measured, limit: 1, ratio: measured, target: 0.05, better: 'lower' },
    };
  } finally {
    await taskledger.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** How many cores a process takes, on average, while something is done a few times. */
async function coresTaken({ child }: ServerProcess, work: () => Promise<unknown>): Promise<number> {
  const [startedMs, beforeUs] = [performance.now(), await processorUs(child.pid)];
  for (let round = 0; round < ROUNDS; round++) await work();
  return ((await processorUs(child.pid)) - beforeUs) / 1_000 / (performance.now() - startedMs);
}

/** One heartbeat of each task, spread over the time until the next. */
async function beat(taskledger: ServerProcess, keys: readonly string[]): Promise<void> {
  const startedMs = performance.now();
  for (let at = 0; at < keys.length; at += TASKS_PER_MESSAGE) {
    await post(taskledger, '/api/v1/heartbeats', { tasks: keys.slice(at, at + TASKS_PER_MESSAGE) });
    const nextMs = startedMs + ((at + TASKS_PER_MESSAGE) / keys.length) * BEAT_MS;
    await delay(Math.max(0, nextMs - performance.now()));
  }
}

function runningTask(subject: string): object[] {
  const event = { specversion: '1.0', source: '/bench', subject };
  const data = { project_id: 1, task_type: 'crawl', heartbeat_s: 3_600 };
  return [
    { ...event, id: `${subject}/created`, type: 'task.created', data },
    { ...event, id: `${subject}/started`, type: 'task.started' },
  ];
}

async function post({ url }: ServerProcess, path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
}

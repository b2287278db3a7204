import { setTimeout as delay } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { KurrentDbEventStore } from '../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import { openEvent } from '../shared/core/application/stored-event.js';
import { Cluster } from '../test/support/cluster.js';

const PUBLISHERS = 16;
const TASKS = 10_000;
/** Published and not yet answered by the server, for each publisher. */
const UNANSWERED_MAX = 256;
const LOOK_DELAY_MS = 1_000;
/** No progress for so long means that it does not go on. */
const STANDSTILL_MS_MAX = 60_000;

/**
 * Leaves messages on JetStream from 16 publishers over 10,000 tasks, while two command services take them in, of which the
 * one that works is killed in between; then checks that each event is in the ledger once, and each task's in order.
 *
 * `node dist/bench/stream-load.js [messages]`, by default 1,000,000.
 */
async function main(messages: number): Promise<void> {
  const perTask = Math.floor(messages / TASKS);
  const cluster = await Cluster.startEngines();
  const start = performance.now();
  const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  try {
    await Promise.all([cluster.start('commands 1', 'commands'), cluster.start('commands 2', 'commands')]);
    await cluster.ready();
    const publishing = Promise.all(
      Array.from({ length: PUBLISHERS }, (_, publisher) =>
        publish(cluster.engines.nats.url, publisher, perTask),
      ),
    ).then(() => console.log(`published ${perTask * TASKS} messages after ${seconds()}`));
    const store = KurrentDbEventStore.open(cluster.engines.kurrentdb.url);
    let tasks = 0;
    let killed = false;
    let standstillMs = 0;
    for (let before = ''; standstillMs < STANDSTILL_MS_MAX; await delay(LOOK_DELAY_MS)) {
      const position = (await store.lastPosition()) ?? '';
      standstillMs = position === before ? standstillMs + LOOK_DELAY_MS : 0;
      before = position;
      if (!killed && performance.now() - start > 15_000) {
        killed = true;
        const working = await workingProcess(cluster);
        await cluster.process(working).kill('SIGKILL');
        console.log(`killed ${working}, which was taking messages in, after ${seconds()}`);
        await cluster.start(working, 'commands');
      }
      if (standstillMs >= 10_000 && killed) break;
    }
    await publishing;
    console.log(`the ledger stands still after ${seconds()} (10 s of them waiting)`);
    let events = 0;
    const next = new Map<string, number>();
    for await (const recorded of store.readAll({ streamPrefix: 'task-' })) {
      const { facts, origin, after } = openEvent(recorded);
      const expected = next.get(recorded.stream) ?? 0;
      if (recorded.revision !== expected) throw new Error(`${recorded.stream} misses revision ${expected}`);
      const said = 'progress' in facts ? facts.progress : 0;
      if (said !== expected || origin.id !== `${after.key}/${expected}`) {
        throw new Error(`${recorded.stream}@${recorded.revision} is ${origin.id}: out of order`);
      }
      next.set(recorded.stream, expected + 1);
      events++;
    }
    tasks = next.size;
    const short = [...next.values()].filter((count) => count !== perTask).length;
    console.log(
      `${events} events of ${tasks} tasks in the ledger, ${short} tasks with another number than ${perTask}`,
    );
    if (events !== perTask * TASKS || short > 0) process.exitCode = 1;
    await store.close();
  } finally {
    await cluster.stop();
  }
}

/** Publishes its share of the tasks: for each the creation, then progress step by step, the tasks in turns. */
async function publish(url: string, publisher: number, perTask: number): Promise<void> {
  const connection = await connect({ servers: url });
  const js = jetstream(connection);
  const underWay = new Set<Promise<unknown>>();
  for (let step = 0; step < perTask; step++) {
    for (let task = publisher; task < TASKS; task += PUBLISHERS) {
      const key = `load/${task}`;
      const type = step === 0 ? 'task.created' : 'task.progressed';
      const data = step === 0 ? { project_id: 1, task_type: 'index' } : { progress: step };
      const id = `${key}/${step}`;
      const event = { specversion: '1.0', id, source: '/load', type, subject: key, data };
      const published = js.publish(`tasks.publish.${publisher}`, JSON.stringify(event), { timeout: 60_000 });
      underWay.add(published);
      void published.finally(() => underWay.delete(published));
      if (underWay.size >= UNANSWERED_MAX) await Promise.race(underWay);
    }
  }
  await Promise.all(underWay);
  await connection.close();
}

/** The command service whose turn it is. */
async function workingProcess(cluster: Cluster): Promise<string> {
  for (const name of cluster.processes.keys()) {
    const response = await fetch(`${cluster.process(name).url}/health/ready`);
    const { data } = (await response.json()) as { data: { parts: { intake?: { working: boolean } } } };
    if (data.parts.intake?.working === true) return name;
  }
  throw new Error('No command service takes messages in');
}

await main(Number(process.argv[2] ?? 1_000_000));

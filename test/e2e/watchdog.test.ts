import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { KurrentDbEventStore } from '../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import { BeatingHearts } from '../support/beating-hearts.js';
import { Cluster } from '../support/cluster.js';
import { created, lifecycleEvent } from '../support/command-side.js';
import { describeOnCluster } from '../support/describe-on-cluster.js';
import { until } from '../support/nats.js';

const TASKS = 10_000;
const SILENT = 300;

/** The promise, in seconds: far longer than the pauses that this machine makes, and as short as that allows. */
const HEARTBEAT_S = 4;

/** Engines and processes share two processors here. */
const WAIT_MS_MAX = 180_000;

const WATCHDOGS = ['watchdog 1', 'watchdog 2'] as const;
const JUMPING = { NODE_OPTIONS: `--import ${resolve('test/support/jumping-clock.mjs')}` };

interface Part {
  ok: boolean;
  standby?: boolean;
  tasks: number;
  silent_tasks: number;
}

describeOnCluster('two watchdogs', () => {
  const keys = Array.from({ length: TASKS }, (_, number) => `crawl/${number}`);
  const silent = keys.filter((_, number) => number % Math.floor(TASKS / SILENT) === 0).slice(0, SILENT);
  let cluster: Cluster;
  let nats: NatsConnection;
  let hearts: BeatingHearts;

  beforeAll(async () => {
    cluster = await Cluster.startEngines();
    await Promise.all([
      cluster.start('commands', 'commands'),
      cluster.start('query', 'query'),
      cluster.start('projector', 'projector'),
      ...WATCHDOGS.map((name) => cluster.start(name, 'watchdog', JUMPING)),
    ]);
    nats = await connect({ servers: cluster.engines.nats.url });
    await cluster.ready();
    // They have found that nothing runs. From here on the lists are of no use, and take the processors from all else.
    await cluster.process('projector').kill('SIGKILL');
    cluster.processes.delete('projector');
    hearts = new BeatingHearts({ http: cluster.process('query').url, nats }, new Set(keys));
  }, WAIT_MS_MAX);

  afterAll(async () => {
    await hearts?.stop();
    await nats?.close();
    await cluster?.stop();
  }, 60_000);

  const partOf = async (name: string): Promise<Part> => {
    const response = await fetch(`${cluster.process(name).url}/health/ready`);
    return ((await response.json()) as { data: { parts: { watchdog: Part } } }).data.parts.watchdog;
  };
  /** What they have recorded: each task's key, by the type of event, in order. */
  const recorded = async (): Promise<
    Record<'TaskWentSilent' | 'TaskHeardAgain' | 'TaskFailed', string[]>
  > => {
    const found = {
      TaskWentSilent: [] as string[],
      TaskHeardAgain: [] as string[],
      TaskFailed: [] as string[],
    };
    const store = KurrentDbEventStore.open(cluster.engines.kurrentdb.url);
    for await (const { type, data } of store.readAll({ streamPrefix: 'task-' })) {
      if (type in found) found[type as keyof typeof found].push((data.after as { key: string }).key);
    }
    await store.close();
    return found;
  };
  const jump = (name: string): void => void cluster.process(name).child.kill('SIGUSR2');

  it(
    'record each silence once and none wrongly, although one is killed and clocks jump',
    async () => {
      for (let at = 0; at < TASKS; at += 500) {
        const events = keys.slice(at, at + 500).flatMap((key) => {
          return [created(key, {}, { heartbeat_s: HEARTBEAT_S }), lifecycleEvent('started', key)];
        });
        const response = await fetch(`${cluster.process('query').url}/api/v1/events`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(events),
        });
        expect(response.status).toBe(200);
      }
      for (const name of WATCHDOGS)
        await until(async () => (await partOf(name)).tasks === TASKS, WAIT_MS_MAX);
      const standby = (await partOf(WATCHDOGS[0])).standby === true ? WATCHDOGS[0] : WATCHDOGS[1];
      const [active] = WATCHDOGS.filter((name) => name !== standby) as [string];
      expect((await partOf(active)).standby).toBeUndefined();

      for (const name of WATCHDOGS) jump(name);
      await hearts.more(2);
      for (const name of WATCHDOGS) jump(name);
      for (const key of silent) hearts.keys.delete(key);
      await cluster.process(active).kill('SIGKILL');
      cluster.processes.delete(active);
      await until(async () => (await partOf(standby)).silent_tasks === SILENT, WAIT_MS_MAX);
      jump(standby);
      // Long enough for everybody else to be taken for silent, were they not heard.
      await hearts.more(HEARTBEAT_S + 3);
      jump(standby);

      const found = await recorded();
      // What follows is of no use where the test itself did not keep the promise.
      expect(hearts.pauseMs).toBeLessThan(HEARTBEAT_S * 1000);
      expect(found.TaskWentSilent.sort()).toEqual([...silent].sort());
      expect(found.TaskHeardAgain).toEqual([]);

      for (const key of silent) hearts.keys.add(key);
      await until(async () => (await partOf(standby)).silent_tasks === 0, WAIT_MS_MAX);
      await hearts.more(2);
      const after = await recorded();
      expect(after.TaskWentSilent).toHaveLength(SILENT);
      expect(after.TaskHeardAgain.sort()).toEqual([...silent].sort());
      expect(after.TaskFailed).toEqual([]);
    },
    3 * WAIT_MS_MAX,
  );
});

import { setTimeout as delay } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { KurrentDbEventStore } from '../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import { allItems } from '../support/api.js';
import { Cluster } from '../support/cluster.js';
import { describeOnCluster } from '../support/describe-on-cluster.js';
import { expectNothingLost } from '../support/expect-nothing-lost.js';
import { auditLedger, type LedgerAudit } from '../support/ledger-audit.js';
import { Publisher } from '../support/publisher.js';
import { randomOf } from '../support/random-of.js';
import { shownStats, type ShownStats } from '../support/shown-stats.js';

const PUBLISHERS = 4;
const BATCHES = 150;
const WAITING_MESSAGES = 200;
/** How often something is asked for again, in milliseconds: engines need the processor to come back. */
const ASK_AGAIN_MS = 25;
const ASKS_MAX = 4_000;

const ROLES = {
  'commands 1': 'commands',
  'commands 2': 'commands',
  'projections 1': 'projector,feed',
  'projections 2': 'projector,feed',
  'query 1': 'query',
  'query 2': 'query',
};

describeOnCluster('outages under load', () => {
  const random = randomOf(Number(process.env.TEST_SEED ?? 1));
  const publishers = Array.from(
    { length: PUBLISHERS },
    (_, at) => new Publisher(`/publisher/${at}`, BATCHES, random),
  );
  const report: string[] = [];
  let waitingFor = '';
  let cluster: Cluster;
  let items: string[] = [];
  let stats: ShownStats;
  let audit: LedgerAudit;
  let fromJetStream = 0;

  beforeAll(async () => {
    cluster = await Cluster.startEngines();
    for (const [name, roles] of Object.entries(ROLES)) await cluster.start(name, roles);
    await allReady();
    const publishing = publishers.map((publisher, at) => publishToTheEnd(publisher, at));

    for (const [name, roles] of Object.entries(ROLES)) {
      await someAnswers();
      await cluster.process(name).kill('SIGKILL');
      const seenMs = await visibleAgain();
      report.push(`${name} killed: a new task showed ${seenMs} ms later`);
      await cluster.start(name, roles);
      await allReady();
    }
    const { kurrentdb, ferretdb, nats } = cluster.engines;
    await someAnswers();
    await kurrentdb.kill();
    await isAway('query 1', 'ledger');
    await publishToJetStream();
    await kurrentdb.restart();
    report.push(`ledger back: all ready after ${await allReady()} ms`);

    await someAnswers();
    await ferretdb.kill();
    await isAway('query 1', 'read_model');
    await ferretdb.start();
    report.push(`read model back: all ready after ${await allReady()} ms`);

    await someAnswers();
    await nats.kill();
    await isAway('query 1', 'bus');
    await nats.run();
    report.push(`bus back: all ready after ${await allReady()} ms`);

    await Promise.all(publishing);
    items = await settledItems(cluster.process('query 1').url);
    await until(async () => {
      stats = await shownStats(cluster.process('query 1').url);
      const { pending, running } = openTasks(items);
      return (
        stats.total === items.length &&
        stats.by_status.pending === pending &&
        stats.by_status.running === running
      );
    });
    const store = KurrentDbEventStore.open(cluster.engines.kurrentdb.url);
    audit = await auditLedger(store);
    await store.close();
    report.push(`${publishers.length} publishers, ${items.length} tasks`);
    takeOutJetStream();
  }, 900_000);

  afterAll(async () => {
    process.stderr.write(`${report.join('\n')}\n`);
    await cluster.stop();
  }, 60_000);

  /** Publishes over either query service, whichever is there, until everything is answered. */
  async function publishToTheEnd(publisher: Publisher, at: number): Promise<void> {
    for (let turn = at; !publisher.done; turn++) {
      await publisher.publish(cluster.process(turn % 2 === 0 ? 'query 1' : 'query 2').url, () => undefined);
      if (!publisher.done) await delay(ASK_AGAIN_MS);
    }
  }

  async function until(condition: () => Promise<boolean>): Promise<void> {
    for (let asks = 0; !(await condition()); asks++) {
      if (asks > ASKS_MAX) throw new Error(`It did not come to this: ${String(condition)} (${waitingFor})`);
      await delay(ASK_AGAIN_MS);
    }
  }

  /** Lets the load go on for a while: as long as it takes to answer some batches. */
  async function someAnswers(): Promise<void> {
    const answered = (): number => publishers.reduce((sum, publisher) => sum + publisher.answered, 0);
    const before = answered();
    await until(async () => answered() >= before + 2 * PUBLISHERS || publishers.every(({ done }) => done));
  }

  async function readiness(name: string): Promise<{ status: number; away: string[] }> {
    const response = await fetch(`${cluster.process(name).url}/health/ready`);
    const { data } = (await response.json()) as { data: { parts: Record<string, { ok: boolean }> } };
    const away = Object.entries(data.parts).flatMap(([part, { ok }]) => (ok ? [] : [part]));
    return { status: response.status, away };
  }

  /** Waits until every process is ready. Answers how long that took, in milliseconds. */
  async function allReady(): Promise<number> {
    const start = performance.now();
    for (const name of cluster.processes.keys()) {
      await until(async () => {
        const { status, away } = await readiness(name);
        waitingFor = `${name}: ${away.join(', ')}`;
        return status === 200;
      });
    }
    return Math.round(performance.now() - start);
  }

  async function isAway(name: string, part: string): Promise<void> {
    await until(async () => (await readiness(name)).away.includes(part));
  }

  /** Creates a task and waits until a list shows it. Answers how long that took, in milliseconds. */
  async function visibleAgain(): Promise<number> {
    const start = performance.now();
    const key = `probe/${start}`;
    const other = new Publisher(key, 1, random);
    for (let turn = 0; !other.done; turn++) {
      await other.publish(cluster.process(turn % 2 === 0 ? 'query 1' : 'query 2').url, () => undefined);
      if (!other.done) await delay(ASK_AGAIN_MS);
    }
    publishers.push(other);
    const [ids] = other.taskIds.values();
    const id = [...(ids ?? [])][0];
    await until(async () => {
      for (const name of ['query 1', 'query 2']) {
        const answer = await fetch(`${cluster.process(name).url}/api/v1/tasks?limit=200`).catch(
          () => undefined,
        );
        if (answer?.status !== 200) continue;
        const { data } = (await answer.json()) as { data: { id: number }[] };
        if (data.some((task) => task.id === id)) return true;
      }
      return false;
    });
    return Math.round(performance.now() - start);
  }

  /** The list once nothing is left to be taken in: a newly created task shows, and the list is the same twice. */
  async function settledItems(url: string): Promise<string[]> {
    await visibleAgain();
    let before: string[] = [];
    let now = await allItems(url);
    for (let asks = 0; JSON.stringify(before) !== JSON.stringify(now) && asks < ASKS_MAX; asks++) {
      before = now;
      await delay(ASK_AGAIN_MS * 10);
      now = await allItems(url);
    }
    return now;
  }

  /** Leaves events for publishers that do not wait, while the ledger is away. */
  async function publishToJetStream(): Promise<void> {
    const connection = await connect({ servers: cluster.engines.nats.url });
    const js = jetstream(connection);
    for (let task = 0; task < WAITING_MESSAGES; task++) {
      const subject = `waiting/${task}`;
      const event = (type: string, data: object): string => {
        return JSON.stringify({
          specversion: '1.0',
          id: `${type}/${task}`,
          source: '/jetstream',
          type: `task.${type}`,
          subject,
          data,
        });
      };
      await js.publish('tasks.publish.test', event('created', { project_id: 1, task_type: 'crawl' }));
      await js.publish('tasks.publish.test', event('completed', {}));
    }
    await connection.close();
  }

  /** What came over JetStream is no publisher's: it is counted and taken out before the publishers' are compared. */
  function takeOutJetStream(): void {
    for (const [stream, events] of audit.streams) {
      if (events[0]?.metadata.source !== '/jetstream') continue;
      const task = audit.tasks.get(Number(stream.slice('task-'.length)));
      if (task?.snapshot.status === 'completed' && events.length === 2) fromJetStream++;
      audit.streams.delete(stream);
      audit.tasks.delete(task?.snapshot.task_id ?? 0);
    }
  }

  it('appended what JetStream took while the ledger was away, once and in order', () => {
    expect(fromJetStream).toBe(WAITING_MESSAGES);
  });

  expectNothingLost(() => ({ publishers, audit, items, stats }));
});

/** How many tasks of a list have not ended: the counts have come as far when they say the same. */
function openTasks(items: readonly string[]): { pending: number; running: number } {
  const statuses = items.map((item) => (JSON.parse(item) as { status: string }).status);
  const count = (status: string): number => statuses.filter((one) => one === status).length;
  return { pending: count('pending'), running: count('running') };
}

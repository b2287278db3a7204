import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { KurrentDbEventStore } from '../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import { Cluster } from '../support/cluster.js';
import { ClusterLoad } from '../support/cluster-load.js';
import { describeOnCluster } from '../support/describe-on-cluster.js';
import { expectNothingLost } from '../support/expect-nothing-lost.js';
import { auditLedger, type LedgerAudit } from '../support/ledger-audit.js';
import { randomOf } from '../support/random-of.js';
import { shownStats, type ShownStats } from '../support/shown-stats.js';

const PUBLISHERS = 4;
const BATCHES = 150;
const WAITING_MESSAGES = 200;

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
  const report: string[] = [];
  let cluster: Cluster;
  let load: ClusterLoad;
  let items: string[] = [];
  let stats: ShownStats;
  let audit: LedgerAudit;
  let fromJetStream = 0;

  beforeAll(async () => {
    cluster = await Cluster.startEngines();
    for (const [name, roles] of Object.entries(ROLES)) await cluster.start(name, roles);
    load = new ClusterLoad(cluster, random, { publishers: PUBLISHERS, batches: BATCHES });
    await load.allReady();
    load.begin();

    for (const [name, roles] of Object.entries(ROLES)) {
      await load.someAnswers();
      await cluster.process(name).kill('SIGKILL');
      const seenMs = await load.visibleAgain();
      report.push(`${name} killed: a new task showed ${seenMs} ms later`);
      await cluster.start(name, roles);
      await load.allReady();
    }
    const { kurrentdb, ferretdb, nats } = cluster.engines;
    await load.someAnswers();
    await kurrentdb.kill();
    await load.isAway('query 1', 'ledger');
    await publishToJetStream();
    await kurrentdb.restart();
    report.push(`ledger back: all ready after ${await load.allReady()} ms`);

    await load.someAnswers();
    await ferretdb.kill();
    await load.isAway('query 1', 'read_model');
    await ferretdb.start();
    report.push(`read model back: all ready after ${await load.allReady()} ms`);

    await load.someAnswers();
    await nats.kill();
    await load.isAway('query 1', 'bus');
    await nats.run();
    report.push(`bus back: all ready after ${await load.allReady()} ms`);

    await load.end();
    items = await load.settledItems(cluster.process('query 1').url);
    await load.until(async () => {
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
    report.push(`${load.publishers.length} publishers, ${items.length} tasks`);
    takeOutJetStream();
  }, 900_000);

  afterAll(async () => {
    process.stderr.write(`${report.join('\n')}\n`);
    await cluster.stop();
  }, 60_000);

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

  expectNothingLost(() => ({ publishers: load.publishers, audit, items, stats }));
});

/** How many tasks of a list have not ended: the counts have come as far when they say the same. */
function openTasks(items: readonly string[]): { pending: number; running: number } {
  const statuses = items.map((item) => (JSON.parse(item) as { status: string }).status);
  const count = (status: string): number => statuses.filter((one) => one === status).length;
  return { pending: count('pending'), running: count('running') };
}

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { KurrentDbEventStore } from '../../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import type { EventOutcome } from '../../../shared/core/contracts/messages.js';
import { INGEST_SUBJECT, PUBLISH_SUBJECT } from '../../../shared/core/contracts/subjects.js';
import { answerOf, ClusterLoad } from '../../support/cluster-load.js';
import { Cluster } from '../../support/cluster.js';
import { describeOnCluster } from '../../support/describe-on-cluster.js';
import { expectNothingLost } from '../../support/expect-nothing-lost.js';
import { staleAfterCancel } from '../../support/faults/cancelled-tasks.js';
import {
  onAnotherLedger,
  OUTAGES,
  PROCESSES,
  READ_MODEL_DROPPED,
} from '../../support/faults/engine-outages.js';
import { faultRounds, faultSeed, inRounds } from '../../support/faults/fault-rounds.js';
import { fedEvents, taskEventsOf } from '../../support/faults/fed-events.js';
import { auditLedger, type LedgerAudit } from '../../support/ledger-audit.js';
import { Publisher } from '../../support/publisher.js';
import { randomOf } from '../../support/random-of.js';
import { shownStats, type ShownStats } from '../../support/shown-stats.js';
import { untilTrue } from '../../support/until-true.js';

const ROUNDS = faultRounds(3);
const [BATCHES_BEFORE, BATCHES_PER_ROUND] = [4, 2];
/** Few: FerretDB reads all there are for each change of one. */
const TASKS_PER_BATCH = 2;
const BATCHES = BATCHES_BEFORE + BATCHES_PER_ROUND * ROUNDS;
const SEED = faultSeed();
const MS_MAX = 900_000 + ROUNDS * 60_000;
const ANSWER_MS_MAX = 5_000;
/** In the middle of all; it is dropped once more at the end. */
const DROPPED_ROUND = Math.floor(ROUNDS / 2);
/** With less than this a list keeps up, and so long after an outage it does. */
const LAG_MS_MAX = 5_000;
const KEEPS_UP_MS_MAX = 10_000;

/** What is left on JetStream in each round. */
const TASKS_PER_ROUND = 5;
const LIFE = [
  ['task.created', { project_id: 1, task_type: 'crawl' }],
  ['task.started', {}],
  ['task.completed', {}],
] as const;

/** By what they are told from the publishers' tasks. */
const [CANCELLED_SOURCE, JETSTREAM_SOURCE] = ['/api/v1/tasks', '/jetstream'];

describeOnCluster(`outages of processes and engines, seed ${SEED}`, () => {
  const random = randomOf(SEED);
  let cluster: Cluster;
  let load: ClusterLoad;
  let items: string[] = [];
  let stats: ShownStats;
  let audit: LedgerAudit;
  let stale: string[] = [];
  const late: string[] = [];
  const served: number[] = [];
  let left = 0;
  let taken = 0;
  let fed: { feed: string[]; ledger: string[] } = { feed: [], ledger: [] };

  beforeAll(async () => {
    cluster = await Cluster.startEngines();
    for (const [name, roles] of Object.entries(PROCESSES)) await cluster.start(name, roles);
    load = new ClusterLoad(cluster, random, {
      publishers: 3,
      batches: BATCHES,
      tasksPerBatch: TASKS_PER_BATCH,
    });
    await load.allReady();
    load.begin();
    const overNats = publishOverNats();

    stale = await inRounds(ROUNDS, async (round) => {
      // Faster than FerretDB can project, nobody could say whether the projector keeps up after an outage.
      load.allow(BATCHES_BEFORE + (round + 1) * BATCHES_PER_ROUND);
      await load.someAnswers();
      await leaveOnJetStream(round);
      const outage =
        round === DROPPED_ROUND ? READ_MODEL_DROPPED : OUTAGES[Math.floor(random() * OUTAGES.length)]!;
      await outage.comeOver(cluster, load);
      const behindMs = await load.keepsUp(LAG_MS_MAX);
      const kept = `Round ${round}: ${outage.name}, ${behindMs} ms until it kept up again`;
      process.stderr.write(`${kept}\n`);
      // What was dropped is made again from the beginning, in the time that the engine takes for that many tasks.
      if (behindMs > KEEPS_UP_MS_MAX && outage !== READ_MODEL_DROPPED) late.push(kept);
      await load.allReady();
      return staleAfterCancel(load, `round-${round}`, queryUrls());
    });
    load.allow(Infinity);
    await load.someAnswers();
    await READ_MODEL_DROPPED.comeOver(cluster, load);
    await load.end();
    await overNats;
    await load.allReady();
    await load.visibleAgain();
    await onAnotherLedger(cluster, async () => {
      const statuses = (): Promise<number[]> => Promise.all(queryUrls().map(statusOfList));
      // Until a ledger that is back has been asked who it is, it is as good as away, and lists are answered without it.
      await load.until(async () => (await statuses()).every((status) => status === 503));
      served.push(...(await statuses()));
    });
    await load.allReady();
    items = await load.settledItems(queryUrls()[0] as string);
    stats = await settledStats();
    const store = KurrentDbEventStore.open(cluster.engines.kurrentdb.url);
    audit = await auditLedger(store);
    await store.close();
    const ledger = taskEventsOf(audit);
    const feed = (): Promise<string[]> => fedEvents(cluster.engines.nats.url);
    await load.until(async () => (await feed()).length >= ledger.length);
    fed = { feed: await feed(), ledger };
    takeOutOthers();
  }, MS_MAX);

  afterAll(async () => {
    await cluster.stop();
  }, 60_000);

  const statusOfList = async (url: string): Promise<number> =>
    (await answerOf(`${url}/api/v1/tasks`))?.status ?? 0;
  const queryUrls = (): string[] => ['query 1', 'query 2'].map((name) => cluster.process(name).url);

  /** Publishes as requests over NATS; what nobody answers is sent again. */
  async function publishOverNats(): Promise<void> {
    const publisher = new Publisher('/nats', BATCHES, random, TASKS_PER_BATCH);
    load.publishers.push(publisher);
    const connection = await connect({ servers: cluster.engines.nats.url, maxReconnectAttempts: -1 });
    const ask = async (batch: object[]): Promise<EventOutcome[] | undefined> => {
      const reply = await connection.request(INGEST_SUBJECT, JSON.stringify(batch), {
        timeout: ANSWER_MS_MAX,
      });
      const outcomes = reply.json<EventOutcome[] | object>();
      return Array.isArray(outcomes) ? (outcomes as EventOutcome[]) : undefined;
    };
    while (!publisher.done) {
      // However long a round takes; the test's time limit ends it.
      await untilTrue(() => publisher.answered < publisher.batchesMax);
      await publisher.publishBy(
        (batch) => ask(batch).catch(() => undefined),
        () => undefined,
      );
    }
    await connection.close();
  }

  /** Leaves the lives of some tasks for the intake, which has them once it is acknowledged. */
  async function leaveOnJetStream(round: number): Promise<void> {
    const connection = await connect({ servers: cluster.engines.nats.url });
    const stream = jetstream(connection);
    for (let task = 0; task < TASKS_PER_ROUND; task++) {
      for (const [type, data] of LIFE) {
        const subject = `left/${round}/${task}`;
        const event = {
          specversion: '1.0',
          id: `${subject}/${type}`,
          source: JETSTREAM_SOURCE,
          subject,
          type,
          data,
        };
        await stream.publish(`${PUBLISH_SUBJECT}.test`, JSON.stringify(event));
      }
      left++;
    }
    await connection.close();
  }

  /** The counts once they have come as far as the list. */
  async function settledStats(): Promise<ShownStats> {
    let shown: ShownStats | undefined;
    await load.until(async () => {
      shown = await shownStats(queryUrls()[1] as string).catch(() => undefined);
      return shown?.total === items.length && (shown.position ?? '') >= ((await lastPosition()) ?? '');
    });
    return shown as ShownStats;
  }

  async function lastPosition(): Promise<string | undefined> {
    const store = KurrentDbEventStore.open(cluster.engines.kurrentdb.url);
    let last: string | undefined;
    for await (const { position } of store.readAll({
      direction: 'backwards',
      limit: 1,
      streamPrefix: 'task-',
    }))
      last = position;
    await store.close();
    return last;
  }

  /** What no publisher knows of is looked at here, and taken out before theirs is compared. */
  function takeOutOthers(): void {
    for (const [stream, events] of audit.streams) {
      const source = events[0]?.metadata.source;
      if (!stream.startsWith('task-') || (source !== JETSTREAM_SOURCE && source !== CANCELLED_SOURCE))
        continue;
      const task = audit.tasks.get(Number(stream.slice('task-'.length)));
      if (
        source === JETSTREAM_SOURCE &&
        task?.snapshot.status === 'completed' &&
        events.length === LIFE.length
      )
        taken++;
      audit.streams.delete(stream);
      audit.tasks.delete(task?.snapshot.task_id ?? 0);
    }
  }

  it('never showed a task as it was before its cancel was answered', () => {
    expect(stale).toEqual([]);
  });

  it('kept up again in time after each outage', () => {
    expect(late).toEqual([]);
  });

  it('refused to serve while another ledger stood in the place of its own', () => {
    expect(served).toEqual([503, 503]);
  });

  it('took in what JetStream had acknowledged, once and in order', () => {
    expect(taken).toBe(left);
  });

  it('has fed exactly what is in the ledger, in its order', () => {
    expect(fed.feed).toEqual(fed.ledger);
  });

  // The load is small, since FerretDB reads every document for each change.
  expectNothingLost(() => ({ publishers: load.publishers, audit, items, stats }), 100);
});

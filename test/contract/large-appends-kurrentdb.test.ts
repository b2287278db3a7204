import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { KurrentDbEventStore } from '../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import { INGEST_STREAM, PARKED_STREAM } from '../../shared/adapters/nats/jetstream-ingest.js';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { evidenceStream, taskStream } from '../../shared/core/application/streams.js';
import { verifyChain } from '../../shared/core/application/chain-verifier.js';
import { CommandSide, created, lifecycleEvent } from '../support/command-side.js';
import { collect } from '../support/event-store-fixtures.js';
import {
  startKurrentDbDouble,
  type KurrentDbDouble,
  type KurrentDbDoubleOptions,
} from '../support/kurrentdb-double/start-kurrentdb-double.js';
import { NatsServer } from '../support/nats-server.js';
import { until, withNatsServer } from '../support/nats.js';
import { startIntake } from '../support/stream-intake.js';

const KIB = 1024;

withNatsServer('events of one task that are more than one append to KurrentDB takes', () => {
  let double: KurrentDbDouble;
  let store: KurrentDbEventStore;

  beforeEach(() => open({}));
  afterEach(close);

  async function open(options: KurrentDbDoubleOptions): Promise<void> {
    double = await startKurrentDbDouble(options);
    store = KurrentDbEventStore.open(double.url);
  }

  async function close(): Promise<void> {
    await store.close();
    await double.stop();
  }

  /** Reports of progress, each with a message of so many bytes. */
  const progress = (key: string, count: number, bytes: number): object[] =>
    Array.from({ length: count }, (_, index) =>
      lifecycleEvent('progressed', key, { progress: index + 1, message: 'x'.repeat(bytes) }),
    );

  const streamOf = (taskId: number) => collect(store.readStream(taskStream(taskId)));

  it('are accepted together, in their order, and known when they come again', async () => {
    const side = new CommandSide(store);
    const events = [created('large', {}, { total: 100 }), ...progress('large', 100, 12 * KIB)];
    const outcomes = await side.ingest(...events);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(events.map(() => 'accepted'));
    const taskId = outcomes[0]?.task_id as number;
    const stored = await streamOf(taskId);
    expect(stored.map(({ data }) => (data['after'] as { progress?: number }).progress ?? 0)).toEqual(
      events.map((_, index) => index),
    );
    expect(await verifyChain(stored, new NodeCrypto())).toBeUndefined();
    for (const again of [side, new CommandSide(store)]) {
      const repeated = await again.ingest(...events);
      expect(repeated.map(({ outcome }) => outcome)).toEqual(events.map(() => 'duplicate'));
    }
    expect(await streamOf(taskId)).toHaveLength(101);
  }, 60_000);

  it('are kept as evidence when they come too late', async () => {
    const side = new CommandSide(store);
    const first = await side.one(created('late', {}, { total: 100 }));
    const taskId = first.task_id as number;
    await side.one(lifecycleEvent('completed', 'late'));
    const outcomes = await side.ingest(...progress('late', 60, 20 * KIB));
    expect(outcomes.map(({ reason }) => reason)).toEqual(outcomes.map(() => 'already_completed'));
    const evidence = await collect(store.readStream(evidenceStream(taskId)));
    expect(evidence).toHaveLength(60);
    expect(await verifyChain(evidence, new NodeCrypto())).toBeUndefined();
  }, 60_000);

  it('are taken one by one where an operator lets less in, but for one that is too large alone', async () => {
    await close();
    await open({ appendBytesMax: 64 * KIB });
    const side = new CommandSide(store);
    const small = progress('small', 10, 20 * KIB);
    small.splice(
      5,
      0,
      lifecycleEvent('progressed', 'small', { message: 'x'.repeat(100 * KIB), progress: 5 }),
    );
    const outcomes = await side.ingest(created('small', {}, { total: 100 }), ...small);
    expect(outcomes.map(({ reason }) => reason)).toEqual([
      ...Array.from({ length: 6 }, () => 'accepted'),
      'too_large_for_ledger',
      ...Array.from({ length: 5 }, () => 'accepted'),
    ]);
    expect(outcomes[6]).toMatchObject({ outcome: 'rejected', code: 400 });
    expect(outcomes[6]?.message).toContain('65536 bytes');
    const stored = await streamOf(outcomes[0]?.task_id as number);
    expect(stored).toHaveLength(11);
    expect(await verifyChain(stored, new NodeCrypto())).toBeUndefined();
  }, 60_000);

  it('are taken from JetStream, and what is too large alone is parked', async () => {
    const server = await NatsServer.start();
    const plain = await connect({ servers: server.url });
    const manager = await jetstreamManager(plain);
    await double.tell('limitAppends', 200 * KIB);
    const events = [created('left', {}, { total: 100 }), ...progress('left', 100, 12 * KIB)];
    const tooLarge = lifecycleEvent('progressed', 'left', { message: 'x'.repeat(220 * KIB), progress: 100 });
    const intake = await startIntake(server.url, store);
    await until(() => intake.intake.status().working);
    for (const event of [...events, tooLarge]) {
      await jetstream(plain).publish('tasks.publish.test', JSON.stringify(event));
    }
    await until(async () => (await manager.streams.info(INGEST_STREAM)).state.messages === 0);
    const [first] = await collect(store.readAll({ streamPrefix: 'task-', limit: 1 }));
    expect(await collect(store.readStream(first?.stream as string))).toHaveLength(101);
    const { state } = await manager.streams.info(PARKED_STREAM, { subjects_filter: '>' });
    expect(state.subjects).toEqual({ 'tasks.parked.too_large': 1 });
    await intake.stop();
    await plain.close();
    await server.dispose();
  }, 60_000);
});

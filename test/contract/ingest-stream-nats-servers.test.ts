import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { FEED_STREAM, JetStreamFeed } from '../../shared/adapters/nats/jetstream-feed.js';
import {
  INGEST_STREAM,
  JetStreamIngest,
  PARKED_STREAM,
} from '../../shared/adapters/nats/jetstream-ingest.js';
import { UnavailableError } from '../../shared/core/contracts/errors.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import { created, silentLogger } from '../support/command-side.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import { NatsCluster } from '../support/nats-cluster.js';
import { NatsServer } from '../support/nats-server.js';
import { until, withNatsServer } from '../support/nats.js';
import { startIntake } from '../support/stream-intake.js';

const never = new AbortController().signal;

withNatsServer('the ingest stream on several servers', () => {
  let cluster: NatsCluster;
  let plain: NatsConnection;
  let manager: JetStreamManager;
  let opened: { close(): Promise<void> }[];

  beforeEach(async () => {
    cluster = await NatsCluster.start();
    plain = await connect({ servers: cluster.urls().split(','), maxReconnectAttempts: -1 });
    manager = await jetstreamManager(plain);
    opened = [];
  }, 120_000);

  afterEach(async () => {
    for (const one of opened) await one.close();
    await plain.close();
    await cluster.dispose();
  });

  const open = async (
    url: string,
    replicas?: number,
    logger: Logger = silentLogger,
  ): Promise<JetStreamIngest> => {
    const stream = await JetStreamIngest.open({ url, replicas }, logger);
    opened.push(stream);
    return stream;
  };
  const replicasOf = async (name: string): Promise<number> =>
    (await manager.streams.info(name)).config.num_replicas;

  it('is kept on as many as are set, with the leases and the feed', async () => {
    await (await (await open(cluster.urls(), 3)).takeLease(never)).end();
    const feed = await JetStreamFeed.open({ url: cluster.urls(), replicas: 3 }, silentLogger);
    opened.push(feed);
    await feed.last();
    const names = [INGEST_STREAM, PARKED_STREAM, FEED_STREAM, 'TASKS_LEASES'];
    expect(await Promise.all(names.map(replicasOf))).toEqual([3, 3, 3, 3]);
    const [consumer] = await manager.consumers.list(INGEST_STREAM).next();
    expect(consumer?.cluster?.replicas).toHaveLength(2);
  });

  it('is left as it is on another number, which is said with the way to change it', async () => {
    await (await (await open(cluster.urls())).takeLease(never)).end();
    const said: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, text: string) => void said.push(text) };
    await (await (await open(cluster.urls(), 3, logger)).takeLease(never)).end();
    expect(await replicasOf(INGEST_STREAM)).toBe(1);
    expect(said).toContain(
      'The stream TASKS_INGEST is kept on 1 server(s), and NATS_REPLICAS is 3: `nats stream edit TASKS_INGEST --replicas 3` changes it',
    );
    expect(said.some((text) => text.includes('TASKS_LEASES'))).toBe(true);
  });

  it('is seen to be away with the one server that has it', async () => {
    await (await (await open(cluster.urls())).takeLease(never)).end();
    expect(await (await open(cluster.urls())).backlog()).toEqual({
      waiting: 0,
      oldestAtMs: undefined,
      parked: 0,
    });
    const { cluster: place } = await manager.streams.info(INGEST_STREAM);
    const home = place?.leader as string;
    const elsewhere = await open(cluster.urls(home));
    await cluster.kill(home);
    const said = (): Promise<string> => elsewhere.backlog().then(() => '', String);
    await until(async () => (await said()).includes("The stream TASKS_INGEST can't be asked"));
  }, 120_000);
});

withNatsServer('the ingest stream on one server', () => {
  let server: NatsServer;
  let plain: NatsConnection;
  let manager: JetStreamManager;
  const store = new MemoryEventStore();

  beforeEach(async () => {
    server = await NatsServer.start();
    plain = await connect({ servers: server.url });
    manager = await jetstreamManager(plain);
  });

  afterEach(async () => {
    await plain.close();
    await server.dispose();
  });

  it('can not be kept on three, which names the setting', async () => {
    const stream = await JetStreamIngest.open({ url: server.url, replicas: 3 }, silentLogger);
    await expect(stream.takeLease(never)).rejects.toThrow(UnavailableError);
    await expect(stream.takeLease(never)).rejects.toThrow(
      "The stream TASKS_INGEST can't be made: NATS_REPLICAS is 3, and NATS says: replicas > 1 not supported",
    );
    await stream.close();
  });

  it('says what waits, since when, and what is parked, whichever process parked it', async () => {
    const seen = await JetStreamIngest.open({ url: server.url }, silentLogger);
    const first = await startIntake(server.url, store, { unknownTaskPatienceMs: 0 });
    await until(() => first.intake.status().working);
    const publish = (body: string): Promise<unknown> => jetstream(plain).publish('tasks.publish.test', body);
    await publish('no event');
    await publish('none either');
    await until(async () => (await seen.backlog()).waiting === 0);
    await first.stop();
    const before = Date.now();
    await publish(JSON.stringify(created('later')));
    await publish('[]');
    const backlog = await seen.backlog();
    expect(backlog).toMatchObject({ waiting: 2, parked: 2 });
    expect(Math.abs((backlog.oldestAtMs as number) - before)).toBeLessThan(60_000);
    const second = await startIntake(server.url, store);
    await until(async () => (await seen.backlog()).waiting === 0);
    expect(await seen.backlog()).toEqual({ waiting: 0, oldestAtMs: undefined, parked: 3 });
    await manager.streams.purge(PARKED_STREAM);
    expect((await seen.backlog()).parked).toBe(0);
    await second.stop();
    await seen.close();
  });

  it('is made again when somebody has taken it away, and so is that for what is parked', async () => {
    const seen = await JetStreamIngest.open({ url: server.url }, silentLogger);
    const intake = await startIntake(server.url, store);
    await until(() => intake.intake.status().working);
    await manager.streams.delete(PARKED_STREAM);
    await expect(seen.backlog()).rejects.toThrow('The stream TASKS_PARKED is gone');
    await jetstream(plain).publish('tasks.publish.test', 'no event');
    await until(async () => (await seen.backlog().catch(() => undefined))?.parked === 1);
    await manager.streams.delete(INGEST_STREAM);
    await until(async () => (await seen.backlog().catch(() => undefined))?.waiting === 0);
    await intake.stop();
    await seen.close();
  });
});

import { once, setMaxListeners } from 'node:events';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startCommandService, type CommandService } from '../../services/commands/command-service.js';
import { INGEST_STREAM, JetStreamIngest } from '../../shared/adapters/nats/jetstream-ingest.js';
import { NatsBus } from '../../shared/adapters/nats/nats-bus.js';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { DEFAULT_TASK_TYPES } from '../../shared/core/contracts/fields.js';
import type { EventStore, StreamAppend } from '../../shared/core/ports/event-store.js';
import { CommandMetrics } from '../../shared/runtime/observability/command-metrics.js';
import { created, lifecycleEvent, silentLogger } from '../support/command-side.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import { NatsServer } from '../support/nats-server.js';
import { until, withNatsServer } from '../support/nats.js';

const TASKS = 150;

withNatsServer('command services that take from one stream', () => {
  let server: NatsServer;
  let plain: NatsConnection;
  let store: MemoryEventStore;
  let services: { service: CommandService; end(): Promise<void>; tasks: Set<string>; freeze(): void }[];

  beforeEach(async () => {
    server = await NatsServer.start();
    plain = await connect({ servers: server.url });
    store = new MemoryEventStore();
    services = [];
  });
  afterEach(async () => {
    for (const one of services) await one.end();
    await plain.close();
    await server.dispose();
  });

  /** A command service on the ledger that all have, which notes whose tasks it has written. */
  async function start(): Promise<(typeof services)[number]> {
    const tasks = new Set<string>();
    const frozen = new AbortController();
    const ended = new AbortController();
    setMaxListeners(0, ended.signal);
    const append = async (appends: readonly StreamAppend[]) => {
      if (frozen.signal.aborted) await once(ended.signal, 'abort');
      ended.signal.throwIfAborted();
      for (const { stream } of appends) if (stream.startsWith('task-')) tasks.add(stream);
      return store.append(appends);
    };
    const own = Object.assign(Object.create(store) as EventStore, { append });
    const bus = await NatsBus.open({ url: server.url }, silentLogger);
    const stream = await JetStreamIngest.open({ url: server.url }, silentLogger);
    const service = await startCommandService({
      ...{ store: own, bus, stream, logger: silentLogger, taskTypes: DEFAULT_TASK_TYPES },
      ...{ clock: { nowMs: () => Date.now() }, crypto: new NodeCrypto(), metrics: new CommandMetrics() },
    });
    const end = async (): Promise<void> => {
      ended.abort();
      await service.close();
      await stream.close();
      await bus.close();
    };
    const one = { service, end, tasks, freeze: () => frozen.abort() };
    services.push(one);
    return one;
  }

  async function publish(...events: object[]): Promise<void> {
    const js = jetstream(plain);
    await Promise.all(events.map((event) => js.publish('tasks.publish.test', JSON.stringify(event))));
  }

  const taken = async (): Promise<void> => {
    const manager = await jetstreamManager(plain);
    await until(async () => (await manager.streams.info(INGEST_STREAM)).state.messages === 0);
  };
  const life = (key: string): object[] => [
    created(key),
    lifecycleEvent('started', key, { total: 10 }),
    ...Array.from({ length: 5 }, (_, at) => lifecycleEvent('progressed', key, { progress: at + 1 })),
    lifecycleEvent('completed', key),
  ];
  const types = (stream: string): string[] => store.stream(stream).map(({ type }) => type);

  it('have a part of the tasks each, with each task in order', async () => {
    for (let count = 0; count < 3; count++) await start();
    const lives = Array.from({ length: TASKS }, (_, task) => life(`task/${task}`));
    for (let at = 0; at < 8; at++) await publish(...lives.map((events) => events[at] as object));
    await taken();
    for (const { tasks } of services) expect(tasks.size).toBeGreaterThan(TASKS / 15);
    const streams = [...new Set(services.flatMap(({ tasks }) => [...tasks]))];
    expect(streams).toHaveLength(TASKS);
    const whole = ['TaskCreated', 'TaskStarted', ...Array<string>(5).fill('TaskProgressed'), 'TaskCompleted'];
    for (const stream of streams) expect(types(stream)).toEqual(whole);
    // A task stays with one of them for as long as that answers.
    expect(services.reduce((sum, { tasks }) => sum + tasks.size, 0)).toBe(TASKS);
  });

  it('go on without one that stands still, with nothing lost or doubled', async () => {
    const first = await start();
    await until(() => first.service.intake()?.working === true);
    const second = await start();
    const lives = Array.from({ length: 30 }, (_, task) => life(`task/${task}`));
    await publish(...lives.map((events) => events[0] as object));
    await taken();
    second.freeze();
    for (let at = 1; at < 8; at++) await publish(...lives.map((events) => events[at] as object));
    await taken();
    const streams = [...new Set(services.flatMap(({ tasks }) => [...tasks]))];
    expect(streams).toHaveLength(30);
    for (const stream of streams) expect(types(stream)).toHaveLength(8);
  }, 60_000);
});

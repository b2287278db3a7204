import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { startCommandService, type CommandService } from '../../services/commands/command-service.js';
import { JetStreamFeed } from '../../shared/adapters/nats/jetstream-feed.js';
import {
  INGEST_STREAM,
  JetStreamIngest,
  PARKED_STREAM,
} from '../../shared/adapters/nats/jetstream-ingest.js';
import { NatsBus } from '../../shared/adapters/nats/nats-bus.js';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { DEFAULT_TASK_TYPES } from '../../shared/core/contracts/fields.js';
import { CommandMetrics } from '../../shared/runtime/observability/command-metrics.js';
import { created, lifecycleEvent, silentLogger } from '../support/command-side.js';
import { Ear } from '../support/exercise-broadcast.js';
import { freePort } from '../support/free-port.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import { NatsServer } from '../support/nats-server.js';
import { until, withNatsServer } from '../support/nats.js';

const PASSWORDS = { NATS_PASSWORD: '"12e4ledger"', NATS_PIPELINE_PASSWORD: '"12e4pipeline"' };

withNatsServer('deploy/nats.conf', () => {
  const clock = { nowMs: () => Date.now() };
  const store = new MemoryEventStore();
  const opened: { close(): Promise<void> }[] = [];
  let folder: string;
  let server: NatsServer;
  let commands: CommandService;
  /** As the user of Taskledger's own processes, and as that of pipelines. */
  let own: NatsConnection;
  let pipeline: NatsConnection;

  beforeAll(async () => {
    Object.assign(process.env, PASSWORDS);
    folder = await mkdtemp(join(tmpdir(), 'taskledger-nats-conf-'));
    // As it is, but for the folder that it has in the container.
    const config = (await readFile('deploy/nats.conf', 'utf8')).replace('store_dir: "/data"', '');
    await writeFile(join(folder, 'nats.conf'), config);
    server = await NatsServer.start('-c', join(folder, 'nats.conf'), '-m', String(await freePort()));
    const settings = { url: `nats://taskledger:12e4ledger@127.0.0.1:${server.port}` };
    const bus = await NatsBus.open(settings, silentLogger);
    const stream = await JetStreamIngest.open(settings, silentLogger);
    const outlet = await JetStreamFeed.open(settings, silentLogger);
    opened.push(bus, stream, outlet);
    const metrics = new CommandMetrics();
    const deps = { store, clock, crypto: new NodeCrypto(), logger: silentLogger, metrics };
    commands = await startCommandService({ ...deps, taskTypes: DEFAULT_TASK_TYPES, bus, stream });
    await outlet.last();
    const servers = server.url;
    own = await connect({ servers, user: 'taskledger', pass: '12e4ledger' });
    pipeline = await connect({ servers, user: 'pipeline', pass: '12e4pipeline' });
    await until(() => commands.intake()?.working === true);
  });

  afterAll(async () => {
    for (const name of Object.keys(PASSWORDS)) delete process.env[name];
    await pipeline?.close();
    await own?.close();
    await commands?.close();
    for (const one of opened) await one.close();
    await server?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = async (subject: string, body: object): Promise<any> =>
    (await pipeline.request(subject, JSON.stringify(body), { timeout: 5_000 })).json();
  const typesOf = (stream: string): string[] => store.stream(stream).map(({ type }) => type);
  const messagesIn = async (stream: string): Promise<number> =>
    (await (await jetstreamManager(own)).streams.info(stream)).state.messages;

  it('lets a pipeline hand in events, at once and in the stream, and hear what was recorded', async () => {
    const heard: string[] = [];
    pipeline.subscribe('tasks.events.>', { callback: (_, { subject }) => void heard.push(subject) });
    await pipeline.flush();
    expect(await ask('tasks.ingest', created('one'))).toMatchObject([{ outcome: 'accepted', task_id: 1 }]);
    await jetstream(pipeline).publish('tasks.publish.mine', JSON.stringify(lifecycleEvent('started', 'one')));
    await until(() => typesOf('task-1').includes('TaskStarted'));
    // As the feed does.
    await jetstream(own).publish('tasks.events.1.1.created', '{}');
    await until(() => heard.length === 1);
    expect(heard).toEqual(['tasks.events.1.1.created']);
  });

  it('lets a pipeline say that it is at work, to all who watch, and hear nothing of it from others', async () => {
    const ears = [new Ear(), new Ear()];
    const bus = opened[0] as NatsBus;
    const listening = [await bus.listen('tasks.heartbeats', ears[0] as Ear)];
    listening.push(await bus.listen('tasks.heartbeats', ears[1] as Ear));
    const heard: string[] = [];
    pipeline.subscribe('tasks.heartbeats', { callback: (error) => void heard.push(error?.name ?? 'heard') });
    pipeline.publish('tasks.heartbeats', '{"tasks":["one"]}');
    for (const ear of ears) await ear.hears(1);
    expect(ears.map(({ words }) => words)).toEqual([[{ tasks: ['one'] }], [{ tasks: ['one'] }]]);
    await pipeline.flush();
    expect(heard).not.toContain('heard');
    for (const one of listening) await one.stop();
  });

  it('lets a pipeline cancel nothing, neither by a command nor by an event', async () => {
    await expect(ask('tasks.commands.cancel', { task_id: 1, command_id: 'x' })).rejects.toThrow(
      /no responders|permissions/i,
    );
    const cancelled = lifecycleEvent('cancelled', 'one');
    expect(await ask('tasks.ingest', [cancelled])).toMatchObject([
      { outcome: 'rejected', reason: 'invalid_request', message: expect.stringContaining('may not cancel') },
    ]);
    const forged = headers();
    forged.set('Taskledger-Principal', 'admin');
    forged.set('Taskledger-Authenticated-By', 'token');
    forged.set('Taskledger-Rights', 'publish,cancel,read');
    const claimed = { timeout: 5_000, headers: forged };
    const body = JSON.stringify([cancelled, lifecycleEvent('progressed', 'one', { progress: 1 })]);
    expect((await pipeline.request('tasks.ingest', body, claimed)).json()).toMatchObject([
      { outcome: 'rejected', reason: 'invalid_request', message: expect.stringContaining('may not cancel') },
      { outcome: 'accepted' },
    ]);
    const { principal, authenticated_by } = store.stream('task-1').at(-1)?.metadata ?? {};
    expect({ principal, authenticated_by }).toEqual({ principal: 'admin', authenticated_by: undefined });
    const before = await messagesIn(PARKED_STREAM);
    for (const subject of ['tasks.publish.mine', 'tasks.publish.report.mine'])
      for (const said of [headers(), forged])
        await jetstream(pipeline).publish(subject, JSON.stringify(cancelled), { headers: said });
    await until(async () => (await messagesIn(PARKED_STREAM)) === before + 4);
    expect(typesOf('task-1')).toEqual(['TaskCreated', 'TaskStarted', 'TaskProgressed']);
  });

  it('lets Taskledger itself cancel by an event', async () => {
    await own.request('tasks.ingest', JSON.stringify(created('two')), { timeout: 5_000 });
    await jetstream(own).publish('tasks.publish.own', JSON.stringify(lifecycleEvent('cancelled', 'two')));
    await until(() => typesOf('task-2').includes('TaskCancelled'));
  });

  it('lets a pipeline hear nothing that is said to others', async () => {
    const heard: string[] = [];
    pipeline.subscribe('_INBOX.>', { callback: (_, { subject }) => void heard.push(subject) });
    pipeline.subscribe('>', { callback: (error) => void heard.push(error === null ? '>' : 'refused') });
    await pipeline.flush();
    await own.request('tasks.ingest', JSON.stringify(created('three')), { timeout: 5_000 });
    // Its own answers come, so that those of others would have come before.
    await ask('tasks.ingest', created('four'));
    await until(() => heard.some((subject) => subject.startsWith('_INBOX.')));
    expect(heard.filter((subject) => subject.startsWith('_INBOX.'))).toHaveLength(1);
    expect(heard).not.toContain('>');
  });

  it('lets a pipeline do nothing to a stream, itself or by where an answer is sent', async () => {
    await expect(ask(`$JS.API.STREAM.PURGE.${INGEST_STREAM}`, {})).rejects.toThrow();
    const before = await messagesIn('TASKS_FEED');
    for (const subject of ['tasks.ingest', 'tasks.publish.mine'])
      pipeline.publish(subject, '{', { reply: '$JS.API.STREAM.PURGE.TASKS_FEED' });
    expect(await ask('tasks.ingest', lifecycleEvent('started', 'four'))).toMatchObject([
      { outcome: 'accepted' },
    ]);
    await until(async () => (await messagesIn(INGEST_STREAM)) === 0);
    expect(await messagesIn('TASKS_FEED')).toBe(before);
  });
});

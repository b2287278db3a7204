import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startFeed, type Feed } from '../../projections/feed/start-feed.js';
import { startCommandService, type CommandService } from '../../services/commands/command-service.js';
import { EmbeddedEventStore } from '../../shared/adapters/embedded/event-store/embedded-event-store.js';
import { JetStreamFeed } from '../../shared/adapters/nats/jetstream-feed.js';
import { JetStreamIngest } from '../../shared/adapters/nats/jetstream-ingest.js';
import { NatsBus } from '../../shared/adapters/nats/nats-bus.js';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { DEFAULT_TASK_TYPES } from '../../shared/core/contracts/fields.js';
import { Lifecycle } from '../../shared/runtime/lifecycle.js';
import { CommandMetrics } from '../../shared/runtime/observability/command-metrics.js';
import { silentLogger } from '../support/command-side.js';
import { NatsServer, natsServerBinary } from '../support/nats-server.js';
import { until } from '../support/nats.js';

/** The command line tool of NATS, written in Go: a client that knows nothing of Taskledger. */
const NATS = fileURLToPath(new URL('../../.backends/bin/nats', import.meta.url));

const there = existsSync(NATS) && natsServerBinary() !== undefined;
if (there) describe('a program in another language on NATS', tests);
else {
  describe('a program in another language on NATS', () => {
    it.todo('no nats-server or nats on this machine (scripts/backends/nats.sh builds them)');
  });
}

function tests(): void {
  const clock = { nowMs: () => Date.now() };
  const lifecycle = new Lifecycle(silentLogger);
  let server: NatsServer;
  let folder: string;
  let feed: Feed;
  let commands: CommandService;

  beforeAll(async () => {
    server = await NatsServer.start();
    folder = await mkdtemp(join(tmpdir(), 'taskledger-plain-json-'));
    const settings = { url: server.url };
    const store = await EmbeddedEventStore.open(join(folder, 'ledger'));
    lifecycle.started('ledger', () => store.close());
    const outlet = await JetStreamFeed.open(settings, silentLogger);
    lifecycle.started('outlet', () => outlet.close());
    feed = startFeed({ store, outlet, clock, logger: silentLogger });
    lifecycle.started('feed', () => feed.stop());
    const bus = await NatsBus.open(settings, silentLogger);
    lifecycle.started('bus', () => bus.close());
    const stream = await JetStreamIngest.open(settings, silentLogger);
    lifecycle.started('stream', () => stream.close());
    const metrics = new CommandMetrics();
    const service = { store, clock, crypto: new NodeCrypto(), logger: silentLogger, metrics };
    commands = await startCommandService({ ...service, taskTypes: DEFAULT_TASK_TYPES, bus, stream });
    lifecycle.started('commands', () => commands.close());
    await until(() => commands.intake()?.working === true);
  });

  afterAll(async () => {
    expect(await lifecycle.stop()).toBe(true);
    await server.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs the tool; answers what it prints. */
  const nats = async (...args: string[]): Promise<string> => {
    const env = { PATH: process.env.PATH, HOME: folder };
    const { stdout } = await promisify(execFile)(NATS, ['--server', server.url, ...args], { env });
    return stdout;
  };
  const ask = async (subject: string, body: string): Promise<any> =>
    JSON.parse(await nats('request', '--raw', subject, body));
  const event = (type: string, subject: string, data: object = {}): object => ({
    specversion: '1.0',
    id: `${subject}/${type}`,
    source: '/shell',
    type: `task.${type}`,
    subject,
    data,
  });
  const create = (key: string): object => event('created', key, { project_id: 5, task_type: 'crawl' });

  it('sends events, one or a list, and hears what became of them', async () => {
    const accepted = { outcome: 'accepted', task_id: 1, code: 200, reason: 'accepted', message: 'accepted' };
    const outcome = { ...accepted, position: expect.any(String) };
    expect(await ask('tasks.ingest', JSON.stringify(create('shell/1')))).toEqual([
      { event_id: 'shell/1/created', ...outcome },
    ]);
    const list = [event('started', 'shell/1'), event('finished', 'shell/1'), event('started', 'nobody')];
    expect(await ask('tasks.ingest', JSON.stringify(list))).toMatchObject([
      { event_id: 'shell/1/started', ...outcome },
      { event_id: 'shell/1/finished', outcome: 'rejected', code: 400 },
      { event_id: 'nobody/started', outcome: 'rejected', code: 404 },
    ]);
  });

  it('cancels a task, and a worker hears of it', async () => {
    const [{ task_id }] = await ask('tasks.ingest', JSON.stringify(create('shell/2')));
    const worker = nats('subscribe', '--raw', '--count', '1', `tasks.events.*.${task_id}.cancelled`);
    // The tool does not say when it has begun to listen; the server does.
    const reply = await untilHeard(task_id);
    expect(reply).toEqual({ ok: true, task_id, revision: 1, position: expect.any(String) });
    expect(JSON.parse(await worker)).toMatchObject({
      specversion: '1.0',
      type: 'task.cancelled',
      subject: String(task_id),
      data: { reason: 'from the shell', after: { status: 'cancelled', project_id: 5 } },
    });
    const again = await ask('tasks.commands.cancel', JSON.stringify({ task_id, command_id: 'other' }));
    expect(again).toMatchObject({ ok: false, error: { code: 'already_cancelled' } });
  });

  const untilHeard = async (taskId: number): Promise<unknown> => {
    const { connect } = await import('@nats-io/transport-node');
    const connection = await connect({ servers: server.url });
    const probe = `tasks.events.0.${taskId}.cancelled`;
    // A request that nobody hears is answered as such at once; the worker's subscription makes it a silent one.
    await until(() =>
      connection.request(probe, '', { timeout: 50 }).then(
        () => true,
        (error: Error) => error.name === 'TimeoutError',
      ),
    );
    await connection.close();
    return ask(
      'tasks.commands.cancel',
      JSON.stringify({ task_id: taskId, command_id: 'shell-1', reason: 'from the shell' }),
    );
  };

  it.each([
    ['tasks.ingest', 'no json', 'Malformed JSON'],
    ['tasks.commands.cancel', '{"task_id":', 'Malformed JSON'],
    ['tasks.commands.cancel', '{"task_id":1,"command_id":"c","force":true}', 'force'],
    ['tasks.commands.cancel', '{}', 'task_id'],
    ['tasks.commands.cancel', '[]', ''],
  ])('is told on %s what is wrong with %s', async (subject, body, part) => {
    const reply = await ask(subject, body);
    expect(reply).toEqual({ ok: false, error: { code: 'invalid_request', message: expect.any(String) } });
    expect(reply.error.message).toContain(part);
  });

  it('leaves events on JetStream without waiting, and they come out of the feed', async () => {
    await nats(
      'publish',
      'tasks.publish.shell',
      JSON.stringify([create('shell/3'), event('started', 'shell/3')]),
    );
    await nats(
      'publish',
      'tasks.publish.shell',
      JSON.stringify(event('completed', 'shell/3', { result: { a: 1 } })),
    );
    await until(
      async () =>
        (await nats('stream', 'get', 'TASKS_FEED', '--last-for', 'tasks.events.5.3.completed').catch(
          () => '',
        )) !== '',
    );
    const last = await nats(
      'stream',
      'get',
      'TASKS_FEED',
      '--last-for',
      'tasks.events.5.3.completed',
      '--json',
    );
    const body = JSON.parse(Buffer.from(JSON.parse(last).data, 'base64').toString());
    expect(body).toMatchObject({
      type: 'task.completed',
      data: { result: { a: 1 }, after: { status: 'completed' } },
    });
  });

  it('sends an event in binary mode', async () => {
    const attributes = [
      'specversion:1.0',
      'id:b1',
      'source:/shell',
      'type:task.created',
      'subject:shell/binary',
    ];
    const sent = attributes.flatMap((attribute) => ['--header', `ce-${attribute}`]);
    const body = '{"project_id":5,"task_type":"crawl"}';
    const answer = await nats('request', '--raw', ...sent, 'tasks.ingest', body);
    expect(JSON.parse(answer)).toMatchObject([{ event_id: 'b1', outcome: 'accepted' }]);
  });
}

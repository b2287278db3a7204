import { once } from 'node:events';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NatsTransport } from '../../clients/typescript/src/nats-transport.js';
import { TaskledgerClient } from '../../clients/typescript/src/index.js';
import { KurrentDbEventStore } from '../../shared/adapters/kurrentdb/kurrentdb-event-store.js';
import { expectAllRecorded, KILLS, runThroughKills, type ClientLoad } from '../support/client-load.js';
import { Cluster } from '../support/cluster.js';
import { describeOnCluster } from '../support/describe-on-cluster.js';
import { auditLedger, type LedgerAudit } from '../support/ledger-audit.js';
import { withNatsServer } from '../support/nats.js';
import { NatsServer } from '../support/nats-server.js';
import { untilTrue } from '../support/until-true.js';

const RUN_MS_MAX = 240_000;
const NEVER_MS = 3_600_000;

/** What the feed says of a cancel. */
const CANCELLED = JSON.stringify({ data: { reason: 'no need', after: { status: 'cancelled' } } });

describeOnCluster('a client over NATS', () => {
  const warnings: string[] = [];
  let cluster: Cluster;
  let ledger: TaskledgerClient;

  beforeAll(async () => {
    cluster = await Cluster.startEngines();
    await cluster.start('commands', 'commands');
    await cluster.start('projections', 'projector,feed');
    const { url: apiUrl } = await cluster.start('query', 'query');
    await cluster.ready();
    ledger = new TaskledgerClient({
      ...{ url: cluster.engines.nats.url, apiUrl, source: '/load', progressIntervalMs: 0, awayAfterMs: 300 },
      // What nobody answered in this time is sent again: the command service was killed before it could.
      requestTimeoutMs: 2_000,
      onWarning: (_, code) => warnings.push(code),
    });
  }, RUN_MS_MAX);

  afterAll(async () => {
    await ledger.close();
    await cluster.stop();
  }, 180_000);

  it('hears of a cancel on the feed, and reads over HTTP', async () => {
    const run = await ledger.run({ projectId: 1, taskType: 'ocr', key: 'nats/1' }, async (task) => {
      await ledger.cancel(task.id as number, { reason: 'no need' });
      if (!task.signal.aborted) await once(task.signal, 'abort');
      throw task.signal.reason;
    });
    expect(run).toEqual({ id: expect.any(Number), status: 'cancelled', recorded: true });
    // The feed was faster than the read model may be.
    await untilTrue(async () => (await ledger.get(run.id as number)).status === 'cancelled');
    expect(await ledger.get(run.id as number)).toMatchObject({ taskType: 'ocr' });
    await expect(ledger.cancel(run.id as number)).rejects.toMatchObject({
      status: 400,
      message: 'Cannot cancel task (already cancelled)',
    });
    await expect(ledger.cancel(999_999_999)).rejects.toMatchObject({
      status: 404,
      message: 'Task not found',
    });
  });

  describe(`while the command service is killed ${KILLS} times`, () => {
    let load: ClientLoad;
    let audit: LedgerAudit;

    beforeAll(async () => {
      // They would only take the processor away from what is tried here.
      for (const name of ['projections', 'query']) await cluster.process(name).stop();
      load = await runThroughKills(ledger, async () => {
        await cluster.process('commands').kill('SIGKILL');
        await cluster.start('commands', 'commands');
      });
      const store = KurrentDbEventStore.open(cluster.engines.kurrentdb.url);
      audit = await auditLedger(store);
      await store.close();
      // The task that was cancelled above is none of the load.
      const [first] = [...audit.streams.keys()].filter((name) => name.startsWith('task-'));
      audit.streams.delete(first as string);
      process.stderr.write(`NATS: ${load.runs.length} tasks, ${load.kept} of them ended while it was away\n`);
    }, RUN_MS_MAX);

    expectAllRecorded(() => ({ load, audit, warnings }));
  });
});

withNatsServer('NatsTransport', () => {
  it('finds out after an outage about cancels that it can not have heard of', async () => {
    const server = await NatsServer.start();
    const other = await connect({ servers: server.url });
    const streams = await jetstreamManager(other);
    await streams.streams.add({ name: 'TASKS_FEED', subjects: ['tasks.events.>'] });
    await jetstream(other).publish('tasks.events.1.7.cancelled', CANCELLED);
    await other.close();
    const transport = new NatsTransport(server.url, NEVER_MS, {});
    let unheard = false;
    const heard = new Promise((resolve) => transport.watchCancel(7, resolve));
    transport.watchCancel(8, () => (unheard = true));
    // Connected now: somebody, nobody in particular, has answered.
    await expect(transport.cancel({ taskId: 7, commandId: 'c' })).rejects.toThrow(
      'No answer on tasks.commands.cancel',
    );
    await server.kill();
    await server.run();
    expect(await heard).toEqual({ reason: 'no need' });
    expect(unheard).toBe(false);
    await transport.close();
    await server.dispose();
  });

  it('hears of a cancel though there was no server when it began to watch', async () => {
    const server = await NatsServer.start();
    await server.kill();
    const transport = new NatsTransport(server.url, 1, {});
    const heard = new Promise((resolve) => transport.watchCancel(7, resolve));
    await expect(transport.send(['{}'])).rejects.toThrow('No answer');
    await server.run();
    await expect(transport.send(['{}'])).rejects.toThrow('No answer');
    const other = await connect({ servers: server.url });
    other.publish('tasks.events.1.7.cancelled', CANCELLED);
    expect(await heard).toEqual({ reason: 'no need' });
    await other.close();
    await transport.close();
    // What is closed makes no connection any more.
    transport.watchCancel(8, () => {});
    await expect(transport.statusOf(8)).rejects.toThrow('The client is closed');
    await server.dispose();
  });

  it('tells how a task has ended by the feed, which may be a little late', async () => {
    const server = await NatsServer.start();
    const other = await connect({ servers: server.url });
    const streams = await jetstreamManager(other);
    await streams.streams.add({ name: 'TASKS_FEED', subjects: ['tasks.events.>'] });
    await jetstream(other).publish('tasks.events.1.7.started', '{}');
    const transport = new NatsTransport(server.url, NEVER_MS, {});
    expect(await transport.statusOf(7)).toBeUndefined();
    const status = transport.statusOf(7);
    await jetstream(other).publish('tasks.events.1.7.cancelled', CANCELLED);
    expect(await status).toBe('cancelled');
    expect(await transport.cancelOf(7)).toEqual({ reason: 'no need' });
    expect(await transport.cancelOf(8)).toEqual({});
    await other.close();
    await transport.close();
    await server.dispose();
  });
});

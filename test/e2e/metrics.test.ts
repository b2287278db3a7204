import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstream } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Cluster } from '../support/cluster.js';
import { created, lifecycleEvent } from '../support/command-side.js';
import { describeOnCluster } from '../support/describe-on-cluster.js';
import { until } from '../support/nats.js';
import { startServer, type Server } from '../support/server.js';

/** What a process shows of a metric, by its labels: as text, for a number may be any. */
async function shown({ url }: Server, name: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith(name) && ['{', ' '].includes(line.charAt(name.length)));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(name.length, at), Number(line.slice(at + 1))];
    }),
  );
}

describe('the metrics of one process with the embedded stores', () => {
  let folder: string;
  let server: Server;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskledger-metrics-'));
    server = await startServer({ dataDir: folder });
  }, 180_000);

  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('has what the command thread counts, and the tasks', async () => {
    const events = [created('one'), lifecycleEvent('started', 'one'), lifecycleEvent('started', 'nobody')];
    await fetch(`${server.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(events),
    });
    expect(await shown(server, 'taskledger_intake_events_total')).toEqual({
      '{via="request",type="created",reason="accepted"}': 1,
      '{via="request",type="started",reason="accepted"}': 1,
      '{via="request",type="started",reason="task_not_found"}': 1,
    });
    const appends = await shown(server, 'taskledger_append_duration_seconds_count');
    expect(appends['']).toBeGreaterThan(0);
    await until(async () => (await shown(server, 'taskledger_tasks'))['{status="running"}'] === 1);
    expect(await shown(server, 'taskledger_oldest_running_task_age_seconds')).toEqual({
      '': expect.any(Number),
    });
  });
});

describeOnCluster('the metrics of every role', () => {
  let cluster: Cluster;
  let nats: NatsConnection;

  beforeAll(async () => {
    cluster = await Cluster.startEngines();
    await Promise.all([
      cluster.start('commands', 'commands'),
      cluster.start('projections', 'projector,feed'),
    ]);
    await cluster.start('query', 'query');
    await cluster.ready();
    nats = await connect({ servers: cluster.engines.nats.url });
    const events = [created('one'), lifecycleEvent('started', 'one'), lifecycleEvent('completed', 'nobody')];
    for (const event of events) await jetstream(nats).publish('tasks.publish.test', JSON.stringify(event));
  }, 180_000);

  afterAll(async () => {
    await nats?.close();
    await cluster.stop();
  }, 180_000);

  it('has of the commands the intake, its lease and the appends', async () => {
    const commands = cluster.process('commands');
    await until(async () => (await shown(commands, 'taskledger_intake_parked_messages'))[''] === 1);
    await until(async () => (await shown(commands, 'taskledger_intake_waiting_messages'))[''] === 0);
    expect(await shown(commands, 'taskledger_intake_lag_seconds')).toEqual({ '': 0 });
    expect(await shown(commands, 'taskledger_intake_working')).toEqual({ '': 1 });
    expect(await shown(commands, 'taskledger_intake_in_flight_messages')).toEqual({ '': 0 });
    expect(await shown(commands, 'taskledger_intake_events_total')).toEqual({
      '{via="stream",type="created",reason="accepted"}': 1,
      '{via="stream",type="started",reason="accepted"}': 1,
      '{via="stream",type="completed",reason="task_not_found"}': 1,
    });
    expect(await shown(commands, 'taskledger_lease_held')).toEqual({ '{lease="ingest"}': 1 });
    expect(await shown(commands, 'taskledger_append_duration_seconds_count')).toEqual({
      '': expect.any(Number),
    });
  });

  it('has of the projector and the feed how far they are, their leases and the tasks', async () => {
    const projections = cluster.process('projections');
    const query = cluster.process('query');
    for (const server of [projections, query])
      await until(async () => (await shown(server, 'taskledger_tasks'))['{status="running"}'] === 1);
    await until(async () => ((await shown(projections, 'taskledger_feed_position'))[''] ?? 0) > 0);
    let held: Record<string, number> = {};
    await until(async () => {
      held = await shown(projections, 'taskledger_lease_held');
      return Object.values(held).every((isHeld) => isHeld === 1);
    });
    // The name of a projection ends with the number of its form.
    const names = Object.keys(held).map((labels) => labels.replace(/-\d+"/, '"'));
    expect(names.sort()).toEqual([
      '{lease="feed"}',
      '{lease="projector series"}',
      '{lease="projector stats"}',
      '{lease="projector tasks"}',
    ]);
    const epochs = await shown(projections, 'taskledger_lease_epoch');
    expect(Object.values(epochs).filter((epoch) => epoch > 0)).toHaveLength(4);
    expect(await shown(projections, 'taskledger_feed_lag_seconds')).toEqual({ '': expect.any(Number) });
    expect(await shown(projections, 'taskledger_feed_unreadable_events')).toEqual({ '': 0 });
    expect(await shown(query, 'taskledger_oldest_running_task_age_seconds')).toEqual({
      '': expect.any(Number),
    });
  });
});

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Cluster } from '../support/cluster.js';
import { describeOnCluster } from '../support/describe-on-cluster.js';
import { lifecycleEvent, created } from '../support/command-side.js';
import { until } from '../support/nats.js';

describeOnCluster('the feed while there is no read model', () => {
  let cluster: Cluster;
  let nats: NatsConnection;
  const heard: string[] = [];

  beforeAll(async () => {
    cluster = await Cluster.startEngines();
    await cluster.engines.ferretdb.kill();
    await cluster.start('commands', 'commands');
    await Promise.all([cluster.start('feed 1', 'feed'), cluster.start('feed 2', 'feed')]);
    await cluster.ready();
    nats = await connect({ servers: cluster.engines.nats.url });
    nats.subscribe('tasks.events.>', { callback: (_, { subject }) => void heard.push(subject) });
    await nats.flush();
  }, 180_000);

  afterAll(async () => {
    await nats?.close();
    await cluster.stop();
  }, 180_000);

  const send = async (...events: object[]): Promise<void> => {
    await nats.request('tasks.ingest', JSON.stringify(events), { timeout: 20_000 });
  };

  it('works in one process, and goes on in the other when that is killed', async () => {
    await send(created('alone'), lifecycleEvent('started', 'alone'));
    await until(() => heard.length === 2);
    const standby = await Promise.all(
      ['feed 1', 'feed 2'].map(async (name) => {
        const response = await fetch(`${cluster.process(name).url}/health/ready`);
        const { data } = (await response.json()) as { data: { parts: Record<string, { standby?: true }> } };
        expect(Object.keys(data.parts).sort()).toEqual(['feed', 'ledger']);
        return data.parts['feed']?.standby === true;
      }),
    );
    expect([...standby].sort()).toEqual([false, true]);
    const working = standby[0] === true ? 'feed 2' : 'feed 1';
    await cluster.process(working).kill('SIGKILL');
    cluster.processes.delete(working);
    await send(lifecycleEvent('completed', 'alone'));
    await until(() => heard.length === 3);
    expect(heard.map((subject) => subject.split('.').at(-1))).toEqual(['created', 'started', 'completed']);
  }, 180_000);
});

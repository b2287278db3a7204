import { connect } from '@nats-io/transport-node';
import { freePort } from './free-port.js';
import { NatsServer } from './nats-server.js';
import { until } from './nats.js';

/** Three servers that start beside each other on a busy machine vote more than once. */
const ELECTION_MS_MAX = 90_000;

/** Three servers that know each other. */
export class NatsCluster {
  private constructor(private readonly servers: ReadonlyMap<string, NatsServer>) {}

  static async start(): Promise<NatsCluster> {
    const names = ['one', 'two', 'three'];
    const ports = await Promise.all(names.map(() => freePort()));
    const routes = ports.map((port) => `nats://127.0.0.1:${port}`);
    const servers = await Promise.all(
      names.map((name, at) => {
        const own = ['--cluster', routes[at] as string, '--routes', routes.join(',')];
        return NatsServer.start('--server_name', name, '--cluster_name', 'test', ...own);
      }),
    );
    const cluster = new NatsCluster(new Map(names.map((name, at) => [name, servers[at] as NatsServer])));
    await cluster.electing();
    return cluster;
  }

  /** Where the servers are, one of these names left out. */
  urls(except?: string): string {
    return [...this.servers].flatMap(([name, { url }]) => (name === except ? [] : [url])).join(',');
  }

  async kill(name: string): Promise<void> {
    await this.servers.get(name)?.kill();
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.servers.values()].map((server) => server.dispose()));
  }

  /** Waits until JetStream has a leader that knows of all three. */
  private async electing(): Promise<void> {
    const plain = await connect({ servers: this.urls().split(',') });
    const name = 'PROBE';
    const probe = JSON.stringify({ name, subjects: ['probe'], num_replicas: 3 });
    const ask = async (what: string, body = ''): Promise<boolean> => {
      const reply = await plain.request(`$JS.API.STREAM.${what}.${name}`, body, { timeout: 2_000 });
      return reply.json<{ error?: object }>().error === undefined;
    };
    await until(() => ask('CREATE', probe).catch(() => false), ELECTION_MS_MAX);
    await ask('DELETE');
    await plain.close();
  }
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FerretDbServer } from './ferretdb-server.js';
import { startKurrentDbDouble, type KurrentDbDouble } from './kurrentdb-double/start-kurrentdb-double.js';
import { NatsServer, natsServerBinary } from './nats-server.js';
import { startServer, type Server } from './server.js';

/** Far more than it takes; each takes a millisecond or more. */
const ASKS_MAX = 30_000;

const LEDGER_FILE = 'ledger.log';

/** The engines of a cluster: a real NATS server and FerretDB, and the double of KurrentDB's protocol. */
export interface Engines {
  kurrentdb: KurrentDbDouble;
  ferretdb: FerretDbServer;
  nats: NatsServer;
}

/** Which engines are missing on this machine for a cluster. */
export function missingForCluster(): string[] {
  const natsServer = natsServerBinary() === undefined ? ['nats-server'] : [];
  return FerretDbServer.isThere() ? natsServer : [...natsServer, 'FerretDB'];
}

/** Every role in processes of its own, on engines that they share. */
export class Cluster {
  readonly processes = new Map<string, Server>();

  private constructor(
    readonly engines: Engines,
    private readonly folder: string,
  ) {}

  /** Where the double of KurrentDB has its events, for tests that put another ledger there while it is down. */
  get ledgerFile(): string {
    return join(this.folder, LEDGER_FILE);
  }

  /** Starts the engines, with nothing in them. */
  static async startEngines(): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), 'taskledger-cluster-'));
    const ferretdb = await FerretDbServer.make();
    const [kurrentdb, nats] = await Promise.all([
      startKurrentDbDouble({ file: join(folder, LEDGER_FILE) }),
      NatsServer.start(),
      ferretdb.start(),
    ]);
    return new Cluster({ kurrentdb, ferretdb, nats }, folder);
  }

  /** Starts a process with some roles. One of the same name that has ended is started anew. */
  async start(name: string, roles: string, env: Record<string, string> = {}): Promise<Server> {
    const server = await startServer({ dataDir: this.folder, env: { ...this.urls(), ROLES: roles, ...env } });
    this.processes.set(name, server);
    return server;
  }

  /** Waits until every process is ready. */
  async ready(): Promise<void> {
    for (const { url } of this.processes.values()) {
      for (let asks = 0; (await fetch(`${url}/health/ready`)).status !== 200; asks++) {
        if (asks > ASKS_MAX) throw new Error(`${url} did not get ready`);
      }
    }
  }

  /** What every process is told of the engines. */
  urls(): Record<string, string> {
    const { kurrentdb, ferretdb, nats } = this.engines;
    return {
      EVENT_STORE_URL: kurrentdb.url,
      READ_MODEL_URL: `mongodb://127.0.0.1:${ferretdb.port}/taskledger`,
      NATS_URL: nats.url,
    };
  }

  process(name: string): Server {
    const server = this.processes.get(name);
    if (server === undefined) throw new Error(`There is no process ${name}`);
    return server;
  }

  /** Ends the processes in order, then the engines. Fails when a process does not exit with 0. */
  async stop(): Promise<void> {
    try {
      await Promise.all([...this.processes.values()].map((server) => server.stop()));
    } finally {
      const { kurrentdb, ferretdb, nats } = this.engines;
      await Promise.all([kurrentdb.stop(), ferretdb.remove(), nats.dispose()]);
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}

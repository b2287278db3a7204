import { MongoClient } from 'mongodb';
import type { Cluster } from '../cluster.js';
import type { ClusterLoad } from '../cluster-load.js';
import { startKurrentDbDouble } from '../kurrentdb-double/start-kurrentdb-double.js';

/** The processes of the cluster that outages come over, and their roles. */
export const PROCESSES: Readonly<Record<string, string>> = {
  'commands 1': 'commands',
  'commands 2': 'commands',
  'projections 1': 'projector,feed',
  'projections 2': 'projector,feed',
  'query 1': 'query',
  'query 2': 'query',
};

/** Something that goes wrong while a cluster works, and is over when it answers. */
export interface Outage {
  name: string;
  comeOver(cluster: Cluster, load: ClusterLoad): Promise<void>;
}

const killed = (name: string): Outage => ({
  name: `${name} killed`,
  async comeOver(cluster, load) {
    await cluster.process(name).kill('SIGKILL');
    await load.visibleAgain();
    await cluster.start(name, PROCESSES[name] as string);
  },
});

const frozen = (name: string): Outage => ({
  name: `${name} frozen`,
  async comeOver(cluster, load) {
    const { child } = cluster.process(name);
    child.kill('SIGSTOP');
    try {
      await load.visibleAgain();
    } finally {
      child.kill('SIGCONT');
    }
  },
});

type EngineName = keyof Cluster['engines'];

/** What a query service's readiness calls an engine. */
const PART: Readonly<Record<EngineName, string>> = {
  kurrentdb: 'ledger',
  ferretdb: 'read_model',
  nats: 'bus',
};

const engineKilled = (engine: EngineName): Outage => ({
  name: `${engine} killed`,
  async comeOver({ engines }, load) {
    await engines[engine].kill();
    await load.isAway('query 1', PART[engine]);
    if (engine === 'kurrentdb') await engines.kurrentdb.restart();
    else if (engine === 'ferretdb') await engines.ferretdb.start();
    else await engines.nats.run();
  },
});

const engineFrozen = (engine: EngineName): Outage => ({
  name: `${engine} frozen`,
  async comeOver({ engines }, load) {
    engines[engine].freeze();
    try {
      await load.isAway('query 1', PART[engine]);
    } finally {
      engines[engine].thaw();
    }
  },
});

/** All that comes again and again. */
export const OUTAGES: readonly Outage[] = [
  ...Object.keys(PROCESSES).flatMap((name) => [killed(name), frozen(name)]),
  ...(['kurrentdb', 'ferretdb', 'nats'] as const).flatMap((engine) => [
    engineKilled(engine),
    engineFrozen(engine),
  ]),
];

/**
 * Somebody drops all collections while everything works: not the database, since FerretDB 1.24 now and then ends with a fault
 * when it takes the file away that others are reading, and does not start again on what is left.
 */
export const READ_MODEL_DROPPED: Outage = {
  name: 'read model dropped',
  async comeOver(cluster) {
    const client = await MongoClient.connect(cluster.urls().READ_MODEL_URL as string);
    try {
      for (const collection of await client.db().collections()) await collection.drop();
    } finally {
      await client.close();
    }
  },
};

/**
 * Has another ledger, with nothing in it, stand where the ledger was. Nobody may publish meanwhile: it would take that.
 *
 * @param look Looks at what is served then.
 */
export async function onAnotherLedger({ engines }: Cluster, look: () => Promise<void>): Promise<void> {
  const { kurrentdb } = engines;
  await kurrentdb.stop();
  const other = await startKurrentDbDouble({ port: String(kurrentdb.port) });
  try {
    await look();
  } finally {
    await other.stop();
    await kurrentdb.restart();
  }
}

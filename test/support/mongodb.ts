import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { GenericContainer } from 'testcontainers';
import { FerretDbServer } from './ferretdb-server.js';

const IMAGE = 'mongo:8';
const PORT = 27_017;
const DOCKER_ANSWER_MS_MAX = 5_000;

/** What speaks MongoDB's protocol here. */
export interface MongoDbBackend {
  /** For the names of tests. */
  name: string;
  start(): Promise<MongoDbServer>;
}

/** A server that runs. */
export interface MongoDbServer {
  url(database: string): string;
  stop(): Promise<void>;
}

/** The server that READ_MODEL_URL names, else MongoDB in a container, else FerretDB, else none. */
export function findMongoDb(): MongoDbBackend | undefined {
  const { READ_MODEL_URL } = process.env;
  if (READ_MODEL_URL) {
    const server = { url: (name: string) => withDatabase(READ_MODEL_URL, name), stop: async () => undefined };
    return { name: 'MongoDB at READ_MODEL_URL', start: async () => server };
  }
  if (dockerAnswers()) return { name: `MongoDB (${IMAGE})`, start: startContainer };
  if (FerretDbServer.isThere()) return { name: 'MongoDB (FerretDB)', start: startFerretDb };
  return undefined;
}

/** A name that no other test's database has. */
export function newDatabaseName(): string {
  return `taskledger_test_${randomBytes(6).toString('hex')}`;
}

/** Removes the database that a URL names. */
export async function dropDatabase(url: string): Promise<void> {
  const client = new MongoClient(url);
  await client.db().dropDatabase();
  await client.close();
}

async function startContainer(): Promise<MongoDbServer> {
  const container = await new GenericContainer(IMAGE).withExposedPorts(PORT).start();
  const address = `${container.getHost()}:${container.getMappedPort(PORT)}`;
  return { url: (name) => `mongodb://${address}/${name}`, stop: async () => void (await container.stop()) };
}

async function startFerretDb(): Promise<MongoDbServer> {
  const server = await FerretDbServer.make();
  await server.start();
  return { url: (name) => `mongodb://127.0.0.1:${server.port}/${name}`, stop: () => server.remove() };
}

function dockerAnswers(): boolean {
  const { status } = spawnSync('docker', ['info'], { stdio: 'ignore', timeout: DOCKER_ANSWER_MS_MAX });
  return status === 0;
}

/** Without other words, credentials are those of the database that the URL names. */
function withDatabase(url: string, name: string): string {
  const [, start = '', database, query = ''] = /^([^/]+\/\/[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(url) ?? [];
  const parameters = new URLSearchParams(query);
  if (start.includes('@') && !parameters.has('authSource')) parameters.set('authSource', database || 'admin');
  return `${start}/${name}${parameters.size > 0 ? `?${parameters.toString()}` : ''}`;
}

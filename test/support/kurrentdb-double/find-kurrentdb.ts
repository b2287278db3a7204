import { existsSync } from 'node:fs';
import { startKurrentDbDouble } from './start-kurrentdb-double.js';

const IMAGE = 'kurrentplatform/kurrentdb:26.1';
const PORT = 2113;
const DOCKER_SOCKET = '/var/run/docker.sock';

/** A KurrentDB for tests. Whatever it holds already, tests use names of their own. */
export interface FoundKurrentDb {
  name: string;
  url: string;
  stop(): Promise<void>;
}

/**
 * The server that EVENT_STORE_URL names; else the real image, where a Docker engine answers; else the double of its
 * protocol.
 */
export async function findKurrentDb(): Promise<FoundKurrentDb> {
  const url = process.env['EVENT_STORE_URL'];
  if (url) return { name: 'KurrentDB at EVENT_STORE_URL', url, stop: () => Promise.resolve() };
  if (await dockerAnswers()) return startImage();
  const double = await startKurrentDbDouble();
  return { name: "the double of KurrentDB's protocol", url: double.url, stop: () => double.stop() };
}

async function dockerAnswers(): Promise<boolean> {
  if (!process.env['DOCKER_HOST'] && !existsSync(DOCKER_SOCKET)) return false;
  const { getContainerRuntimeClient } = await import('testcontainers');
  return getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
}

async function startImage(): Promise<FoundKurrentDb> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({ KURRENTDB_INSECURE: 'true', KURRENTDB_MEM_DB: 'true' })
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forHttp('/health/live', PORT).forStatusCodeMatching((code) => code < 300))
    .withStartupTimeout(120_000)
    .start();
  return {
    name: `KurrentDB (${IMAGE})`,
    url: `kurrentdb://${container.getHost()}:${container.getMappedPort(PORT)}?tls=false`,
    async stop() {
      await container.stop();
    },
  };
}

import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (from 32768 on Linux, from 49152 by RFC 6335). One of those
 * would not stay free while its server is down: a client that tries to come back may be given it, and then even reaches
 * itself.
 */
const LOWEST = 10_000;
const HIGHEST = 32_000;
const TRIES_MAX = 100;

/** A port that nobody uses now, and that nobody is given who asks for none in particular. */
export async function freePort(): Promise<number> {
  for (let left = TRIES_MAX; left > 0; left -= 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port from ${LOWEST} to ${HIGHEST}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

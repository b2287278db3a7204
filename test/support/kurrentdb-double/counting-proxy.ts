import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** How long nothing must come before what comes is taken to have stopped. */
const QUIET_MS = 300;

/** A TCP proxy that counts what the server sends. */
export interface CountingProxy {
  readonly port: number;
  readonly bytes: number;
  /** Waits until the server sends nothing any more. */
  quiet(): Promise<void>;
  /** Breaks all connections; new ones are taken. */
  breakConnections(): void;
  /** Has new connections go to another port. */
  redirect(toPort: number): void;
  close(): Promise<void>;
}

export async function startCountingProxy(firstPort: number): Promise<CountingProxy> {
  let bytes = 0;
  let toPort = firstPort;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(toPort, '127.0.0.1');
    upstream.on('data', (chunk) => (bytes += chunk.length));
    client.pipe(upstream).pipe(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const breakConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get bytes() {
      return bytes;
    },
    async quiet() {
      for (let before = -1; before !== bytes;) {
        before = bytes;
        await delay(QUIET_MS);
      }
    },
    breakConnections,
    redirect(port) {
      toPort = port;
    },
    async close() {
      breakConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands before a nats-server, and has it say that it is of another version. */
export class NatsProxy {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private version: string,
  ) {}

  /** @param target The port of the server. */
  static async start(target: number, version: string): Promise<NatsProxy> {
    const server = createServer();
    const proxy = new NatsProxy(server, version);
    server.on('connection', (client) => proxy.join(client, connect(target, '127.0.0.1')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    return `nats://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Cuts all connections off: whoever comes back finds a server of this version. */
  becomes(version: string): void {
    this.version = version;
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = once(this.server.close(), 'close');
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private join(client: Socket, upstream: Socket): void {
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
    client.pipe(upstream);
    // A server says it in the first line, and once more when it knows who has come.
    upstream.on('data', (chunk: Buffer) => {
      const said = chunk.toString('latin1').replace(/"version":"[^"]*"/, `"version":"${this.version}"`);
      client.write(said, 'latin1');
    });
  }
}

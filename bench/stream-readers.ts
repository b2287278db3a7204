import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** How many connections are opened at a time. */
const OPENING_MAX = 100;

/** Many readers of one stream, who do nothing but notice that something has come. */
export class StreamReaders {
  /** Bytes that have come to all of them. */
  bytes = 0;
  private waiting: { left: number; arrivals: number[]; done: () => void } | undefined;

  private constructor(private readonly sockets: Socket[]) {}

  /** Opens that many streams; each has begun. */
  static async open(url: string, count: number): Promise<StreamReaders> {
    const sockets: Socket[] = [];
    while (sockets.length < count) {
      const some = Math.min(OPENING_MAX, count - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: some }, () => openStream(url)))));
    }
    const readers = new StreamReaders(sockets);
    for (const socket of sockets) socket.on('data', (chunk) => readers.received(chunk));
    return readers;
  }

  /** The moments at which the next event comes to each of them; one must not be published before the last has come. */
  async arrivals(): Promise<number[]> {
    const arrivals: number[] = [];
    await new Promise<void>((done) => (this.waiting = { left: this.sockets.length, arrivals, done }));
    this.waiting = undefined;
    return arrivals;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private received(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.waiting === undefined || !chunk.includes('data: ')) return;
    this.waiting.arrivals.push(performance.now());
    if (--this.waiting.left === 0) this.waiting.done();
  }
}

/** A connection that has asked for a stream and got its head. @param deaf Reads nothing more of it. */
export async function openStream(url: string, deaf = false): Promise<Socket> {
  const { hostname, port, host, pathname, search } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const [head] = (await once(socket, 'data')) as [Buffer];
  if (!head.toString('latin1').startsWith('HTTP/1.1 200 ')) throw new Error(`No stream: ${head.toString()}`);
  if (deaf) socket.pause();
  return socket;
}

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The end of an answer's head. */
const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * A connection that stays open and has one request under way. It does little else than `net`, since it takes its time from
 * the same processors as the server that is measured.
 */
export class HttpConnection {
  private chunks: Buffer[] = [];
  private bytes = 0;
  private bytesMax = Infinity;
  private waiting: { answered: (answer: Buffer) => void; failed: (error: Error) => void } | undefined;
  private error: Error | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => this.received(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('The server closed a connection that is being measured')));
  }

  /** @param url Of which the host and port are used. */
  static async open(url: string): Promise<HttpConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new HttpConnection(socket);
  }

  /** That many connections. */
  static openAll(url: string, count: number): Promise<HttpConnection[]> {
    return Promise.all(Array.from({ length: count }, () => HttpConnection.open(url)));
  }

  /**
   * Sends a whole request.
   *
   * @returns The whole answer, its head included.
   * @throws Error when the connection ends, or the answer does not say its length.
   */
  send(request: Buffer): Promise<Buffer> {
    if (this.error !== undefined) return Promise.reject(this.error);
    return new Promise((answered, failed) => {
      this.waiting = { answered, failed };
      this.socket.write(request);
    });
  }

  close(): void {
    this.waiting = undefined;
    this.socket.destroy();
  }

  private received(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    const whole = this.chunks.length === 1 ? chunk : undefined;
    if (this.bytesMax === Infinity) {
      try {
        this.bytesMax = answerBytes(whole ?? Buffer.concat(this.chunks));
      } catch (error) {
        return this.fail(error as Error);
      }
    }
    if (this.bytes < this.bytesMax) return;
    const answer = whole ?? Buffer.concat(this.chunks);
    this.chunks = [];
    this.bytes = 0;
    this.bytesMax = Infinity;
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.answered(answer);
  }

  private fail(error: Error): void {
    this.error ??= error;
    this.waiting?.failed(this.error);
    this.waiting = undefined;
  }
}

/** How many bytes an answer has in all, as far as its head is there. */
function answerBytes(start: Buffer): number {
  const headEnd = start.indexOf(HEAD_END);
  if (headEnd === -1) return Infinity;
  const length = /^content-length: (\d+)/im.exec(start.toString('latin1', 0, headEnd))?.[1];
  if (length === undefined) throw new Error('The answer says no length');
  return headEnd + HEAD_END.length + Number(length);
}

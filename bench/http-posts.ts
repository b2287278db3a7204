import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Whole requests, head and body, ready to be sent: making them is no part of what is measured. */
export function postRequests(url: string, contentType: string, bodies: readonly string[]): Buffer[] {
  const { host, pathname } = new URL(url);
  return bodies.map((body) =>
    Buffer.from(
      `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${contentType}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    ),
  );
}

/**
 * Sends each request once, over connections that stay open and have one request under way each. It does little else,
 * since it takes its time from the same processors as the server.
 *
 * @param check Looks at each whole answer, its head included, and throws when it is not as it must be.
 * @returns How long it took until the last answer, in milliseconds.
 */
export async function sendAll(
  url: string,
  requests: readonly Buffer[],
  connections: number,
  check: (answer: Buffer) => void,
): Promise<number> {
  const { hostname, port } = new URL(url);
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      await once(socket, 'connect');
      return socket;
    }),
  );
  const left = requests.values();
  const start = performance.now();
  await Promise.all(sockets.map((socket) => sendOneByOne(socket, left, check)));
  const ms = performance.now() - start;
  for (const socket of sockets) socket.destroy();
  return ms;
}

async function sendOneByOne(
  socket: Socket,
  left: IterableIterator<Buffer>,
  check: (answer: Buffer) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    let bytesMax = Infinity;
    const sendNext = (): void => {
      const next = left.next();
      chunks = [];
      bytes = 0;
      bytesMax = Infinity;
      if (next.done === true) resolve();
      else socket.write(next.value);
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The server closed a connection that is being measured')));
    socket.on('data', (chunk) => {
      try {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytesMax === Infinity) bytesMax = answerBytes(Buffer.concat(chunks));
        if (bytes < bytesMax) return;
        check(chunks.length === 1 ? chunk : Buffer.concat(chunks));
        sendNext();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    sendNext();
  });
}

/** How many bytes an answer has in all, as far as its head is there. */
function answerBytes(start: Buffer): number {
  const headEnd = start.indexOf('\r\n\r\n');
  if (headEnd === -1) return Infinity;
  const length = /^content-length: (\d+)/im.exec(start.toString('latin1', 0, headEnd))?.[1];
  if (length === undefined) throw new Error('The answer says no length');
  return headEnd + 4 + Number(length);
}

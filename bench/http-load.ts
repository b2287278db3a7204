import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** How many requests wait for their answers at a time, each on a connection of its own. */
const CONNECTIONS = 16;

/**
 * Requests a second that a server answers to one GET. The client counts the bytes of the answers and does nothing else,
 * since it takes its time from the same processors as the server. All answers must have the same length.
 */
export async function requestRate(url: string, durationMs: number): Promise<number> {
  const { hostname, port, host, pathname, search } = new URL(url);
  const request = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const sockets = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      await once(socket, 'connect');
      return socket;
    }),
  );
  const answerBytes = await firstAnswer(sockets[0] as Socket, request);
  const start = performance.now();
  const counts = await Promise.all(
    sockets.map((socket) => ask(socket, request, answerBytes, start + durationMs)),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const socket of sockets) socket.destroy();
  return counts.reduce((sum, count) => sum + count, 0) / seconds;
}

/** How many bytes an answer has, its head included; fails when it is no 200. */
async function firstAnswer(socket: Socket, request: string): Promise<number> {
  socket.write(request);
  let text = '';
  for (let bytes = Infinity; text.length < bytes;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    text += chunk.toString('latin1');
    const head = text.indexOf('\r\n\r\n');
    if (head !== -1) bytes = head + 4 + Number(/^content-length: (\d+)/im.exec(text)?.[1]);
  }
  if (!text.startsWith('HTTP/1.1 200 ')) throw new Error(`Not what is to be measured: ${text.slice(0, 200)}`);
  return text.length;
}

/** Sends a request, and the next one once its answer is there, until the time is over; answers how many there were. */
async function ask(socket: Socket, request: string, answerBytes: number, untilMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let answers = 0;
    let bytes = 0;
    socket.on('close', () => reject(new Error('The server closed a connection that is being measured')));
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes < answerBytes) return;
      bytes -= answerBytes;
      answers++;
      if (performance.now() >= untilMs) resolve(answers);
      else socket.write(request);
    });
    socket.write(request);
  });
}

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { expectReason } from './expect-reason.js';

/** An answer as it came over the wire. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Opens a connection to a server, for what no HTTP client would send. */
export async function connectTo(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  // A server that cuts a connection off may do so by a reset.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes and takes everything that comes back until the server closes the connection. */
export async function exchange(url: string, bytes: string | Buffer): Promise<string> {
  const socket = await connectTo(url);
  socket.write(bytes);
  return untilClosed(socket);
}

/** Everything that comes until the server closes the connection. */
export async function untilClosed(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  if (!socket.closed) await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

/** The answers in what came over the wire, one after the other; each must say its length. */
export function answersIn(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) throw new Error(`No answer of HTTP: ${rest.slice(0, 1000)}`);
    const [line = '', ...lines] = rest.slice(0, end).split('\r\n');
    if (line === 'HTTP/1.1 100 Continue') {
      rest = rest.slice(end + 4);
      continue;
    }
    const headers = Object.fromEntries(
      lines.map((header) => {
        const colon = header.indexOf(':');
        return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
      }),
    );
    if (!('content-length' in headers)) throw new Error(`An answer without a length: ${rest.slice(0, 1000)}`);
    const bodyEnd = end + 4 + Number(headers['content-length']);
    const status = Number(line.split(' ')[1]);
    expectReason(status, headers['taskledger-reason']);
    answers.push({ status, headers, body: rest.slice(end + 4, bodyEnd) });
    rest = rest.slice(bodyEnd);
  }
  return answers;
}

/** What the answer must be for something that is refused: the envelope, with the status as its code and no data. */
export function refusal(status: number, message: unknown): { status: number; envelope: object } {
  return { status, envelope: { code: status, message, data: null } };
}

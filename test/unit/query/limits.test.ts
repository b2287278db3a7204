import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { HttpLimits } from '../../../services/query/http/http-limits.js';
import { startFaked, type FakedService } from '../../support/query-fakes.js';
import { answersIn, connectTo, exchange, untilClosed } from '../../support/raw-http.js';

const POST =
  'POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/cloudevents+json\r\n';
const SHORT = { headersTimeoutMs: 60, requestTimeoutMs: 120, keepAliveTimeoutMs: 60, connectionsCheckMs: 10 };

let faked: FakedService;
afterEach(() => faked.service.close());

async function start(limits: Partial<HttpLimits>): Promise<FakedService> {
  faked = await startFaked(limits);
  return faked;
}

const isFine = async () => expect((await fetch(`${faked.url}/health/live`)).status).toBe(200);

describe('a body', () => {
  it('beyond the limit is 413, said or only sent', async () => {
    await start({ bodyBytesMax: 1000 });
    const refused = { code: 413, message: 'The body must have at most 1000 bytes', data: null };
    for (const body of ['x'.repeat(1001), new Blob(['x'.repeat(5000)]).stream()]) {
      const response = await fetch(`${faked.url}/api/v1/events`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/cloudevents+json' },
        body,
        duplex: 'half',
      });
      expect(response.status).toBe(413);
      expect(await response.json()).toEqual(refused);
    }
    // A refused body is thrown away, so the connection serves the next request.
    const sent = `${POST}Content-Length: 2000\r\n\r\n${'x'.repeat(2000)}GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
    expect(answersIn(await exchange(faked.url, sent)).map(({ status }) => status)).toEqual([413, 200]);
  });

  it('at the limit is taken', async () => {
    await start({ bodyBytesMax: 1000 });
    const body = JSON.stringify({ id: 'x'.repeat(991) });
    expect(body).toHaveLength(1000);
    const headers = { 'Content-Type': 'application/cloudevents+json' };
    await fetch(`${faked.url}/api/v1/events`, { method: 'POST', headers, body });
    expect(faked.fakes.requests).toHaveLength(1);
  });

  it('that stops half-way is 408 in time, and gives back what it held', async () => {
    await start({ ...SHORT, bodyBytesUnderWayMax: 100 });
    const halves = await Promise.all(
      ['Content-Length: 50', 'Transfer-Encoding: chunked'].map(async (framing) => {
        const socket = await connectTo(faked.url);
        socket.write(`${POST}${framing}\r\n\r\n${framing.startsWith('T') ? '28\r\n' : ''}${'x'.repeat(40)}`);
        return socket;
      }),
    );
    for (const text of await Promise.all(halves.map(untilClosed))) {
      const [answer] = answersIn(text);
      expect(answer?.status).toBe(408);
      expect(JSON.parse(answer?.body ?? '')).toEqual({
        code: 408,
        message: 'The request did not arrive in time',
        data: null,
      });
    }
    expect(faked.fakes.requests).toEqual([]);
    // 80 of 100 bytes were held: this only passes when they are free again.
    const body = JSON.stringify({ id: 'x'.repeat(80) });
    const headers = { 'Content-Type': 'application/cloudevents+json' };
    expect((await fetch(`${faked.url}/api/v1/events`, { method: 'POST', headers, body })).status).toBe(503);
    expect(faked.fakes.requests).toHaveLength(1);
  });

  it('is 503 when all bodies together would hold too much, and reads still work', async () => {
    await start({ bodyBytesUnderWayMax: 100 });
    const holder = await connectTo(faked.url);
    holder.write(`${POST}Content-Length: 90\r\n\r\n${'x'.repeat(80)}`);
    const headers = { 'Content-Type': 'application/cloudevents+json' };
    const body = JSON.stringify({ id: 'x'.repeat(50) });
    const send = () => fetch(`${faked.url}/api/v1/events`, { method: 'POST', headers, body });
    // The holder's bytes may not have been read yet, so ask until they count.
    let response = await send();
    while (faked.fakes.requests.length > 0) {
      faked.fakes.requests.length = 0;
      response = await send();
    }
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toEqual({
      code: 503,
      message: 'Too many requests are under way',
      data: null,
    });
    await isFine();
    holder.destroy();
  });

  it('broken off by its sender leaves no trace but a free place', async () => {
    await start({ bodyBytesUnderWayMax: 100 });
    for (let round = 0; round < 5; round++) {
      const socket = await connectTo(faked.url);
      socket.write(`${POST}Content-Length: 90\r\n\r\n${'x'.repeat(80)}`);
      await isFine();
      socket.destroy();
      await once(socket, 'close');
    }
    await isFine();
    expect(faked.fakes.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('writes', () => {
  it('beyond what is worked on at a time are 503, and their places come back', async () => {
    await start({ writesUnderWayMax: 2 });
    const waiting: ((outcomes: unknown) => void)[] = [];
    let arrived: () => void = () => undefined;
    const bothArrived = new Promise<void>((resolve) => (arrived = resolve));
    faked.fakes.reply = () =>
      new Promise((resolve) => {
        if (waiting.push(resolve) === 2) arrived();
      });
    const send = () => fetch(`${faked.url}/api/v1/tasks/7/cancel`, { method: 'POST' });
    const held = [send(), send()];
    await bothArrived;

    const refused = await send();
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');

    for (const resolve of waiting) resolve({ ok: true, task_id: 7, revision: 1, position: '1' });
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
    faked.fakes.reply = () => ({ ok: true, task_id: 7, revision: 1, position: '1' });
    expect((await send()).status).toBe(200);
  });
});

describe('a connection', () => {
  it.each(['', 'GET /health/live HTTP/1.1\r\nHost: loc', 'POST /api/v1/events HTTP/1.1\r\nX: y\r\n'])(
    'that says only %j is answered 408 and closed in time',
    async (start_) => {
      await start(SHORT);
      const [answer] = answersIn(await exchange(faked.url, start_));
      expect(answer).toMatchObject({ status: 408, headers: { connection: 'close' } });
    },
  );

  it('without a further request is closed in time', async () => {
    await start(SHORT);
    const text = await exchange(faked.url, 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(answersIn(text).map(({ status }) => status)).toEqual([200]);
  });

  it('beyond the most that are taken is closed at once, and the others go on', async () => {
    await start({ connectionsMax: 2 });
    const first = await connectTo(faked.url);
    const second = await connectTo(faked.url);
    const third = await connectTo(faked.url);
    expect(await untilClosed(third)).toBe('');
    first.destroy();
    second.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(answersIn(await untilClosed(second)).map(({ status }) => status)).toEqual([200]);
  });
});

describe('what is no HTTP', () => {
  it.each([
    ['garbage', 'hello\r\n\r\n', 400],
    ['TLS', Buffer.from('160301020001000', 'hex'), 400],
    ['an unknown method', 'BREW /pot HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['two lengths', `${POST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`, 400],
    ['a length and chunks', `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ['a negative length', `${POST}Content-Length: -1\r\n\r\n`, 400],
    ['a bad chunk', `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
    ['a bad header', 'GET / HTTP/1.1\r\nHost : localhost\r\n\r\n', 400],
    ['a null byte', 'GET / HTTP/1.1\r\nHost: local\0host\r\n\r\n', 400],
    ['headers beyond 16 KiB', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a target beyond 16 KiB', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
    ['another expectation', `${POST}Expect: the-moon\r\nContent-Length: 1\r\n\r\n`, 417],
  ])('is answered in the envelope and closed: %s', async (_name, bytes, status) => {
    await start({});
    const [answer] = answersIn(await exchange(faked.url, bytes));
    expect(answer).toMatchObject({ status, headers: { connection: 'close' } });
    expect(JSON.parse(answer?.body ?? '')).toEqual({ code: status, message: expect.any(String), data: null });
    await isFine();
  });

  it('never takes the place of the answer to the request before it', async () => {
    await start({});
    let answer: (reply: unknown) => void = () => undefined;
    faked.fakes.reply = () => new Promise((resolve) => (answer = resolve));
    const socket = await connectTo(faked.url);
    const text = untilClosed(socket);
    socket.write(
      'POST /api/v1/tasks/7/cancel HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\ngarbage\r\n\r\n',
    );
    // The cancel may be carried out: a 400 now would say that it was not.
    expect(await text).toBe('');
    answer({ ok: true, task_id: 7, revision: 1, position: '1' });
    await isFine();
  });

  it('waits for a body that was announced with Expect: 100-continue', async () => {
    await start({});
    const socket = await connectTo(faked.url);
    const text = untilClosed(socket);
    socket.write(`${POST}Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n`);
    await once(socket, 'data');
    socket.write('{}');
    expect(answersIn(await text)).toHaveLength(1);
    expect(faked.fakes.requests).toHaveLength(1);
  });
});

describe('close', () => {
  const cancel = 'POST /api/v1/tasks/7/cancel HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n';

  async function withPendingCancel(): Promise<{ socket: Socket; finish: () => void }> {
    let finish: () => void = () => undefined;
    const socket = await connectTo(faked.url);
    await new Promise<void>((resolve) => {
      faked.fakes.reply = () =>
        new Promise((answer) => {
          finish = () => answer({ ok: true, task_id: 7, revision: 1, position: '1' });
          resolve();
        });
      socket.write(cancel);
    });
    return { socket, finish };
  }

  it('answers the request under way, takes no other, and closes silent connections', async () => {
    await start({});
    const silent = await connectTo(faked.url);
    const { socket, finish } = await withPendingCancel();
    const text = untilClosed(socket);
    const closed = Promise.all([faked.service.close(), faked.service.close()]);
    await expect(connectTo(faked.url).then(untilClosed)).rejects.toThrow('ECONNREFUSED');
    finish();
    expect(answersIn(await text)).toMatchObject([{ status: 200, headers: { connection: 'close' } }]);
    await untilClosed(silent);
    await closed;
    expect(faked.service.address()).toBeUndefined();
  });

  it('gives up on a request that takes too long', async () => {
    await start({ closeTimeoutMs: 30 });
    const { socket } = await withPendingCancel();
    await faked.service.close();
    expect(await untilClosed(socket)).toBe('');
  });

  it('is fine when it never listened, and again', async () => {
    await start({});
    await faked.service.close();
    await faked.service.close();
  });
});

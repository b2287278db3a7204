import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { HttpLimits } from '../../../services/query/http/http-limits.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { created, lifecycleEvent } from '../../support/command-side.js';
import { EventStream, type StreamBlock, type StreamOptions } from '../../support/event-stream.js';
import { startFaked, type FakedService } from '../../support/query-fakes.js';
import { connectTo, untilClosed } from '../../support/raw-http.js';
import { untilTrue } from '../../support/until-true.js';
import { WrittenLedger } from '../../support/written-ledger.js';

const STREAM = '/api/v1/tasks/stream';

let faked: FakedService | undefined;
let ledger = new WrittenLedger();

afterEach(async () => {
  await faked?.service.close();
  faked = undefined;
});

/** Starts the service on a ledger of its own. */
async function start(limits: Partial<HttpLimits> = {}): Promise<string> {
  ledger = new WrittenLedger();
  faked = await startFaked(limits, ledger);
  return faked.url;
}

/** Opens a stream and takes what it begins with, so that everything that is written from then on is told. */
async function open(url: string, options?: StreamOptions): Promise<EventStream> {
  const stream = await EventStream.open(url, options);
  expect(stream.status).toBe(200);
  return stream;
}

function told(blocks: readonly StreamBlock[]): unknown[] {
  return blocks.map(({ event, data }) => [event, data?.id, data?.status, data?.progress]);
}

/** How far the ledger has come. */
const end = () => ledger.lastPosition();

/** The same as an id that a stream goes on after. */
async function marked(): Promise<string> {
  return `${await end()}.${ledger.events.at(-1)?.id.slice(0, 8)}`;
}

describe('GET /api/v1/tasks/stream', () => {
  it('begins now, and tells each change with its position', async () => {
    const url = await start();
    await ledger.write(created('before'));
    const stream = await open(url + STREAM);
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(await stream.nextBlock()).toEqual({ lines: ['retry: 2000'] });
    const before = await marked();
    expect(await stream.nextBlock()).toEqual({ lines: [`id: ${before}`], id: before });
    const [id] = await ledger.write(created('a', { time: '2025-03-12T09:00:00Z' }));
    const item = `{"id":${id},"project_id":1,"task_type":"search","status":"pending","progress":0,"total":100,"created_at":"2025-03-12T09:00:00"}`;
    expect((await stream.next())?.lines).toEqual(['event: task', `id: ${await end()}`, `data: ${item}`]);
    // What it goes on after says of which event it is.
    expect(await stream.nextBlock()).toEqual({ lines: [`id: ${await marked()}`], id: await marked() });
    await ledger.write(lifecycleEvent('started', 'a'), lifecycleEvent('progressed', 'a', { progress: 7 }));
    expect(told(await stream.take(2))).toEqual([
      ['task', id, 'running', 0],
      ['task', id, 'running', 7],
    ]);
  });

  it('shows what it is asked to include, in the order of the lists', async () => {
    const url = await start();
    const stream = await open(`${url}${STREAM}?include=completed_at,key&include=started_at,attempt`);
    const [id] = await ledger.write(created('a/1'), lifecycleEvent('started', 'a/1'));
    const [first, second] = await stream.take(2);
    expect(Object.entries(first?.data ?? {}).slice(7)).toEqual([
      ['key', 'a/1'],
      ['attempt', 0],
      ['started_at', null],
      ['completed_at', null],
    ]);
    expect(second?.data).toMatchObject({ id, attempt: 1, started_at: '2025-03-12T10:00:00' });
  });

  it('shows times as they are asked for, to each reader its own', async () => {
    const url = await start();
    const full = await open(`${url}${STREAM}?include=started_at&times=rfc3339`);
    const plain = await open(`${url}${STREAM}?include=started_at`);
    await ledger.write(
      created('a', { time: '2025-03-12T09:00:00.250Z' }),
      lifecycleEvent('started', 'a', {}, { time: '2025-03-12T09:00:01.5Z' }),
    );
    const [, fromFull] = await full.take(2);
    const [, fromPlain] = await plain.take(2);
    expect(fromFull?.data).toMatchObject({
      created_at: '2025-03-12T09:00:00.250Z',
      started_at: '2025-03-12T09:00:01.500Z',
    });
    expect(fromPlain?.data).toMatchObject({
      created_at: '2025-03-12T09:00:00',
      started_at: '2025-03-12T09:00:01',
    });
  });

  it('shows what only some tasks have', async () => {
    const url = await start();
    const stream = await open(`${url}${STREAM}?include=labels,worker,parent`);
    await ledger.write(
      created('a/1', {}, { labels: { team: 'a' }, parent: 'a' }),
      lifecycleEvent('started', 'a/1', { worker: 'w' }),
    );
    const [first, second] = await stream.take(2);
    const traits = { labels: { team: 'a' }, parent: 'a' };
    expect([first?.data, second?.data]).toMatchObject([
      { ...traits, worker: null },
      { ...traits, worker: 'w' },
    ]);
  });

  it('tells what leaves a filter, and nothing that was never in it', async () => {
    const url = await start();
    const stream = await open(`${url}${STREAM}?status=pending,failed&project_id=1`);
    const [a, b] = await ledger.write(created('a'), created('b'), created('c', {}, { project_id: 2 }));
    await ledger.write(
      ...['a', 'b', 'c'].map((key) => lifecycleEvent('started', key)),
      lifecycleEvent('progressed', 'a', { progress: 1 }),
      lifecycleEvent('completed', 'a'),
      lifecycleEvent('failed', 'b', { error_message: 'x' }),
    );
    expect(told(await stream.take(5))).toEqual([
      ['task', a, 'pending', 0],
      ['task', b, 'pending', 0],
      ['left', a, 'running', 0],
      ['left', b, 'running', 0],
      ['task', b, 'failed', 0],
    ]);
  });

  it('tells what leaves a filter by worker, error or silence', async () => {
    const url = await start();
    const [worker, error, silent] = await Promise.all(
      ['worker=w1', 'error_type=Timeout', 'silent=true'].map((filter) => open(`${url}${STREAM}?${filter}`)),
    );
    const [a] = await ledger.write(
      created('a', {}, { heartbeat_s: 60 }),
      lifecycleEvent('started', 'a', { worker: 'w1' }),
      lifecycleEvent('attempt_failed', 'a', { error_message: 'No answer', error_type: 'Timeout' }),
      lifecycleEvent('started', 'a', { worker: 'w2' }),
      lifecycleEvent('progressed', 'a', { progress: 7 }),
    );
    await ledger.silence(a as number, 4);
    await ledger.write(lifecycleEvent('progressed', 'a', { progress: 8 }));
    await ledger.write(
      lifecycleEvent('completed', 'a'),
      created('b'),
      lifecycleEvent('started', 'b', { worker: 'w1' }),
    );
    expect(told((await worker?.take(4)) ?? [])).toEqual([
      ['task', a, 'running', 0],
      ['task', a, 'pending', 0],
      ['left', a, 'running', 0],
      ['task', 2, 'running', 0],
    ]);
    expect(told((await error?.take(2)) ?? [])).toEqual([
      ['task', a, 'pending', 0],
      ['left', a, 'running', 0],
    ]);
    expect(told((await silent?.take(2)) ?? [])).toEqual([
      ['task', a, 'running', 7],
      ['left', a, 'running', 8],
    ]);
  });

  it('does not follow which tasks are below another', async () => {
    const answer = await fetch(`${await start()}${STREAM}?root=7`);
    expect([answer.status, ((await answer.json()) as { message: string }).message]).toEqual([
      400,
      expect.stringMatching(/^root is not taken here; taken are: project_id, /),
    ]);
  });

  it.each([['Last-Event-ID'], ['after']])('goes on after %s, without a gap or a double', async (name) => {
    const url = await start();
    await ledger.write(created('a'));
    const seen = (await end()) as string;
    await ledger.write(lifecycleEvent('started', 'a'));
    await ledger.write(created('b'));
    await ledger.write(lifecycleEvent('completed', 'a'));
    const stream = await (name === 'after'
      ? open(`${url}${STREAM}?after=${seen}`)
      : open(`${url}${STREAM}?after=0`, { lastEventId: seen }));
    expect(told(await stream.take(3))).toEqual([
      ['task', 1, 'running', 0],
      ['task', 2, 'pending', 0],
      ['task', 1, 'completed', 100],
    ]);
  });

  it('goes on from before what it holds, and from the beginning of the ledger', async () => {
    const url = await start({ streamRingChangesMax: 4 });
    const live = await open(url + STREAM);
    await live.nextBlock();
    const keys = Array.from({ length: 1_200 }, (_, task) => `many/${task}`);
    for (let from = 0; from < keys.length; from += 400) {
      await ledger.write(...keys.slice(from, from + 400).map((key) => created(key)));
    }
    await live.take(1_200);
    const all = await (await open(`${url}${STREAM}?after=0`)).take(1_200);
    expect(all.map(({ data }) => data.id)).toEqual(keys.map((_, index) => index + 1));
    const resumed = await open(url + STREAM, { lastEventId: all[99]?.id });
    expect((await resumed.take(1_100)).map(({ data }) => data.id)).toEqual(
      keys.slice(100).map((_, index) => index + 101),
    );
    await ledger.write(created('last'));
    expect(told(await resumed.take(1))).toEqual([['task', 1_201, 'pending', 0]]);
  });

  it('refuses a position that is none, or of another ledger', async () => {
    const url = await start();
    await ledger.write(created('a'));
    const sentence = (name: string): string =>
      `${name} must be a position of this ledger, as the id of an event or the Taskledger-Position of a list gives it, or 0 for its beginning`;
    for (const text of ['x', '-1', '1', '000000000000001', '0000000000000001, 0000000000000001']) {
      const refused = await fetch(url + STREAM, { headers: { 'last-event-id': text } });
      expect(await refused.json()).toEqual({ code: 400, message: sentence('Last-Event-ID'), data: null });
      const parameter = await fetch(`${url}${STREAM}?after=${encodeURIComponent(text)}`);
      expect(await parameter.json()).toMatchObject({ code: 400, message: sentence('after') });
    }
    const beyond = await fetch(url + STREAM, { headers: { 'last-event-id': '9'.repeat(16) } });
    expect(await beyond.json()).toMatchObject({
      code: 400,
      message: expect.stringMatching(/beyond the end/),
    });
    for (const query of ['status=done', 'include=params', 'key_prefix=x']) {
      expect((await fetch(`${url}${STREAM}?${query}`)).status).toBe(400);
    }
  });

  describe('of another ledger', () => {
    /** Has another ledger, or an older copy that has gone on, stand where the ledger was. */
    async function replace(...events: unknown[]): Promise<void> {
      const other = new WrittenLedger();
      await other.write(...events);
      ledger.replaceBy(other.events);
    }
    const THREE = [created('x'), created('y'), created('z')];

    it('is told by the id that a reader goes on after, be it of an event or not', async () => {
      const url = await start({ streamHeartbeatMs: 10, streamIdleMs: 1 });
      await ledger.write(created('a'));
      const [told, silent, begun] = await Promise.all(
        ['', '?project_id=2', '?project_id=3'].map((filter) => open(url + STREAM + filter)),
      );
      while (begun?.lastEventId === undefined) await begun?.nextBlock();
      begun.cut();
      await ledger.write(created('b'));
      const last = await marked();
      for (const stream of [told, silent]) {
        while (stream?.lastEventId !== last) await stream?.nextBlock();
        stream?.cut();
      }
      await untilTrue(() => ledger.readerCount === 0);
      const ids = [last, begun.lastEventId];
      for (const lastEventId of ids) (await open(url + STREAM, { lastEventId })).cut();
      await untilTrue(() => ledger.readerCount === 0);
      await replace(...THREE);
      for (const lastEventId of ids) {
        const refused = await fetch(url + STREAM, { headers: { 'last-event-id': lastEventId } });
        expect(await refused.json()).toEqual({
          ...{ code: 400, data: null },
          message: `${lastEventId} is of another ledger than this one: begin with the list again`,
        });
        expect((await fetch(`${url}${STREAM}?after=${lastEventId}`)).status).toBe(400);
      }
      // As the position that it is, it may be of any ledger.
      expect((await open(`${url}${STREAM}?after=${last.split('.')[0]}`)).status).toBe(200);
    });

    it('nothing is told to the readers of the one before: they are ended', async () => {
      const url = await start();
      await ledger.write(created('a'), created('b'));
      const stream = await open(url + STREAM);
      while (stream.lastEventId === undefined) await stream.nextBlock();
      await ledger.write(created('c'));
      await stream.take(1);
      await replace(...THREE, created('u'), created('v'));
      ledger.endSubscriptions();
      expect(await stream.next()).toBeUndefined();
      expect(stream.response.complete).toBe(true);
      const fresh = await open(`${url}${STREAM}?after=0`);
      expect((await fresh.take(5)).map(({ data }) => data.id)).toEqual([1, 2, 3, 4, 5]);
    });
  });

  it('moves a reader on whose filter lets nothing through, and says that it is there', async () => {
    const url = await start({
      streamHeartbeatMs: 10,
      // None of them is for answers that take their time.
      requestTimeoutMs: 50,
      headersTimeoutMs: 50,
      keepAliveTimeoutMs: 50,
      connectionsCheckMs: 10,
    });
    const stream = await open(`${url}${STREAM}?project_id=2`);
    await ledger.write(created('a'));
    while (stream.lastEventId !== (await marked())) await stream.nextBlock();
    for (let beats = 0; beats < 20;) {
      const block = await stream.nextBlock();
      expect(block).toBeDefined();
      if (block?.lines[0] === ':') beats++;
    }
  });

  it('takes so many readers at a time', async () => {
    const url = await start({ streamReadersMax: 2 });
    const [first] = [await open(url + STREAM), await open(url + STREAM)];
    const refused = await fetch(url + STREAM);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ code: 503, message: expect.stringMatching(/2 readers/) });
    first.cut();
    await untilTrue(async () => {
      const again = await EventStream.open(url + STREAM);
      again.cut();
      return again.status === 200;
    });
  });

  it('logs nothing of readers whose connections are reset, as a proxy that ends resets all of its own', async () => {
    const url = await start({ streamReadersMax: 1 });
    const socket = await connectTo(url);
    socket.write(`GET ${STREAM} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await once(socket, 'data');
    socket.resetAndDestroy();
    await untilTrue(async () => {
      const next = await EventStream.open(url + STREAM);
      next.cut();
      return next.status === 200;
    });
    expect(faked?.fakes.logged.filter(({ message }) => message.includes('could not be sent'))).toEqual([]);
  });

  it('follows the ledger once, while there are readers and for a while after', async () => {
    const url = await start({ streamIdleMs: 1 });
    await open(url + STREAM).then((stream) => stream.cut());
    const idle = async (): Promise<boolean> => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return metrics.includes('taskledger_stream_readers 0');
    };
    await untilTrue(idle);
    await untilTrue(() => ledger.readerCount === 0);
    const streams = await Promise.all(Array.from({ length: 20 }, () => open(url + STREAM)));
    expect(ledger.subscriptions).toHaveLength(2);
    await Promise.all(streams.map((stream) => stream.nextBlock()));
    await ledger.write(created('a'));
    for (const stream of streams) expect(told(await stream.take(1))).toEqual([['task', 1, 'pending', 0]]);
  });

  it('skips nothing when the ledger goes away and comes back, and keeps its readers', async () => {
    const url = await start({ streamRingChangesMax: 2 });
    const stream = await open(url + STREAM);
    await ledger.write(created('a'));
    await stream.take(1);
    let away = 0;
    ledger.beforeRead = () => {
      away++;
      throw new UnavailableError('The ledger is away');
    };
    ledger.endSubscriptions();
    await untilTrue(() => away > 0);
    await ledger.write(created('b'), created('c'), created('d'));
    await ledger.write(lifecycleEvent('started', 'a'));
    // It is let in, since the ledger is followed already, and waits as well.
    const resuming = await open(`${url}${STREAM}?after=0`);
    ledger.beforeRead = () => undefined;
    expect((await stream.take(4)).map(({ data }) => data.id)).toEqual([2, 3, 4, 1]);
    expect((await resuming.take(5)).map(({ data }) => data.id)).toEqual([1, 2, 3, 4, 1]);
    expect(faked?.fakes.logged).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringMatching(/are stalled/) }),
    );
  });

  it('answers 503 when the ledger is away at the start, and tries anew with the next reader', async () => {
    const url = await start();
    ledger.beforeRead = () => {
      throw new UnavailableError('The ledger is away');
    };
    expect((await fetch(url + STREAM)).status).toBe(503);
    ledger.beforeRead = () => undefined;
    await open(url + STREAM);
  });

  it('ends its streams when the service closes', async () => {
    const url = await start();
    const [one, other] = [await open(url + STREAM), await open(`${url}${STREAM}?status=failed`)];
    await faked?.service.close();
    expect(await one.next()).toBeUndefined();
    expect(await other.next()).toBeUndefined();
    // In order: the answers are complete.
    expect([one.response.complete, other.response.complete]).toEqual([true, true]);
    expect(ledger.readerCount).toBe(0);
  });

  it('answers HEAD with the head alone', async () => {
    const url = await start();
    const answer = await fetch(url + STREAM, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect((await fetch(`${url}/api/v1/tasks/7/stream`, { method: 'HEAD' })).status).toBe(404);
  });

  it('serves a client of HTTP/1.0', async () => {
    const url = await start();
    await ledger.write(created('a'));
    const socket = await connectTo(url);
    socket.write(`GET ${STREAM}?after=0 HTTP/1.0\r\nHost: localhost\r\n\r\n`);
    const all = untilClosed(socket);
    await untilTrue(() => faked !== undefined && socket.bytesRead > 400);
    await faked?.service.close();
    expect(await all).toMatch(/\r\n\r\nretry: 2000\n\nid: 0\n\nevent: task\nid: \d{16}\ndata: {"id":1,/);
  });
});

describe('GET /api/v1/tasks/{id}/stream', () => {
  const of = (id: number): string => `/api/v1/tasks/${id}/stream`;

  it('gives the present state, each change, and ends with the task', async () => {
    const url = await start();
    const [id = 0, other = 0] = await ledger.write(created('a'), created('b'));
    await ledger.write(lifecycleEvent('started', 'a'));
    const stream = await open(`${url}${of(id)}?include=attempt`);
    expect(told(await stream.take(1))).toEqual([['task', id, 'running', 0]]);
    await ledger.write(
      lifecycleEvent('started', 'b'),
      lifecycleEvent('progressed', 'a', { progress: 5 }),
      lifecycleEvent('completed', 'a'),
    );
    const [, last] = await stream.take(2);
    expect(last?.data).toMatchObject({ id, status: 'completed', attempt: 1 });
    expect(await stream.next()).toBeUndefined();
    expect(stream.response.complete).toBe(true);

    const again = await EventStream.open(url + of(id), { lastEventId: last?.id });
    expect(again.status).toBe(204);
    const fresh = await open(url + of(id));
    expect(told(await fresh.take(1))).toEqual([['task', id, 'completed', 100]]);
    expect(await fresh.next()).toBeUndefined();
    expect(told(await (await open(url + of(other))).take(1))).toEqual([['task', other, 'running', 0]]);
  });

  it('goes on where it was', async () => {
    const url = await start();
    const [id = 0] = await ledger.write(created('a'));
    const first = await open(url + of(id));
    await first.take(1);
    first.cut();
    const unchanged = await open(url + of(id), { lastEventId: first.lastEventId });
    await ledger.write(lifecycleEvent('started', 'a'));
    expect(told(await unchanged.take(1))).toEqual([['task', id, 'running', 0]]);
    await ledger.write(lifecycleEvent('cancelled', 'a'));
    const changed = await open(url + of(id), { lastEventId: first.lastEventId });
    expect(told(await changed.take(1))).toEqual([['task', id, 'cancelled', 0]]);
  });

  it('does not know every task', async () => {
    const url = await start();
    const missing = await fetch(url + of(7));
    expect(await missing.json()).toEqual({ code: 404, message: 'Task not found', data: null });
    expect((await fetch(`${url}/api/v1/tasks/seven/stream`)).status).toBe(400);
  });
});

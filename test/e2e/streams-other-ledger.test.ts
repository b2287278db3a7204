import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { created, lifecycleEvent } from '../support/command-side.js';
import { EventStream } from '../support/event-stream.js';
import { startKurrentDbDouble } from '../support/kurrentdb-double/start-kurrentdb-double.js';
import { startServer, type Server } from '../support/server.js';
import { untilTrue } from '../support/until-true.js';

/** Streams whose readers come back to another ledger, or to an older copy that has gone on. */
let folder: string;
let stop: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskledger-other-ledger-'));
  stop = [];
});

afterEach(async () => {
  for (const end of stop.reverse()) await end();
  await rm(folder, { recursive: true, force: true });
});

const STREAM = '/api/v1/tasks/stream';

async function publish({ url }: Server, ...events: object[]): Promise<{ outcome: string }[]> {
  const response = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: JSON.stringify(events),
  });
  return ((await response.json()) as { data: { outcome: string }[] }).data ?? [];
}

/** Publishes again and again until all of it is accepted. */
async function publishAll(server: Server, ...events: object[]): Promise<void> {
  await untilTrue(async () => {
    const outcomes = await publish(server, ...events);
    return outcomes.length > 0 && outcomes.every(({ outcome }) => outcome !== 'unavailable');
  });
}

/** What the two streams of a task, and the stream of all, go on after once they have heard of its message. */
async function lastIds({ url }: Server, message: object): Promise<Map<string, string>> {
  const paths = [STREAM, '/api/v1/tasks/1/stream', '/api/v1/tasks/1/messages/stream'];
  const streams = await Promise.all(paths.map((path) => EventStream.open(url + path)));
  for (const stream of streams) while (stream.lastEventId === undefined) await stream.nextBlock();
  await publish({ url } as Server, message);
  const ids = new Map<string, string>();
  for (const [at, stream] of streams.entries()) {
    await stream.next();
    // What is gone on after follows its event.
    await untilTrue(async () => (await stream.nextBlock())?.id?.includes('.') === true);
    ids.set(paths[at] as string, stream.lastEventId as string);
    stream.cut();
  }
  return ids;
}

/** The answers to readers who come back. */
function answers({ url }: Server, ids: Map<string, string>): Promise<[string, number][]> {
  return Promise.all(
    [...ids].map(async ([path, id]): Promise<[string, number]> => {
      const stream = await EventStream.open(url + path, { lastEventId: id });
      stream.cut();
      return [path, stream.status ?? 0];
    }),
  );
}

const ask = (ids: Map<string, string>, status: number): [string, number][] =>
  [...ids.keys()].map((path) => [path, status]);

const said = (key: string, message: string): Record<string, unknown> =>
  lifecycleEvent('progressed', key, { progress: 1, message });

it('are refused where an embedded ledger was replaced by an older copy', async () => {
  const [dataDir, older] = [join(folder, 'data'), join(folder, 'older')];
  let server = await startServer({ dataDir });
  stop.push(() => server.stop());
  await publish(server, created('a'), lifecycleEvent('started', 'a'));
  await server.stop();
  await cp(dataDir, older, { recursive: true });
  server = await startServer({ dataDir });
  const ids = await lastIds(server, said('a', 'one'));
  expect(await answers(server, ids)).toEqual(ask(ids, 200));
  await server.stop();
  server = await startServer({ dataDir: older });
  // It goes on by itself, past the place.
  await publish(server, said('a', 'other'), said('a', 'more'), created('b'));
  expect(await answers(server, ids)).toEqual(ask(ids, 400));
});

it('are ended, and then refused, where KurrentDB has another ledger', async () => {
  const first = await startKurrentDbDouble();
  stop.push(() => first.stop());
  const server = await startServer({ dataDir: folder, env: { EVENT_STORE_URL: first.url } });
  stop.push(() => server.stop());
  await publishAll(server, created('a'), lifecycleEvent('started', 'a'));
  const ids = await lastIds(server, said('a', 'one'));
  expect(await answers(server, ids)).toEqual(ask(ids, 200));
  const held = await EventStream.open(server.url + STREAM);
  while (held.lastEventId === undefined) await held.nextBlock();

  await first.stop();
  const other = await startKurrentDbDouble({ port: String(first.port) });
  stop.push(() => other.stop());
  await publishAll(server, created('a'), lifecycleEvent('started', 'a'), said('a', 'other'), created('b'));
  expect(await held.next()).toBeUndefined();
  expect(held.response.complete).toBe(true);
  expect(await answers(server, ids)).toEqual(ask(ids, 400));
});

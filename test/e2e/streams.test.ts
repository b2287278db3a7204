import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PART_CHARACTERS_MAX } from '../../services/query/streams/stream-view.js';
import { allItems, caughtUp } from '../support/api.js';
import { EventStream } from '../support/event-stream.js';
import { FollowedList } from '../support/followed-list.js';
import { Publisher } from '../support/publisher.js';
import { randomOf } from '../support/random-of.js';
import { startServer, type Server } from '../support/server.js';

const EVENTS = 50_000;
const PUBLISHERS = 8;
const CUTS = 100;
const DEAF_READERS = 20;

/** Filters that tasks never leave, leave, come back to, and leave with others staying. */
const FILTERS = [
  'include=key,attempt,started_at,completed_at',
  'status=pending',
  'status=running',
  'status=pending,completed&include=key',
  'status=!completed',
  'status=running&project_id=3',
];

/** What a reader that takes nothing may make the process hold: one part, one more event, and what Node keeps besides. */
const WAITING_BYTES_MAX = PART_CHARACTERS_MAX + 64 * 1024;

describe(`event streams during a load of ${EVENTS} events`, () => {
  const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  let dataDir = '';
  let server: Server;
  let events = 0;
  /** What waited for readers in the process, each time that they were cut off. */
  const waitingBytes: Promise<number>[] = [];
  const lists = FILTERS.map((query) => new FollowedList(query, CUTS));
  const deaf: Socket[] = [];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-streams-'));
    server = await startServer({ dataDir });
    for (let reader = 0; reader < DEAF_READERS; reader++) deaf.push(await openDeaf(server.url));
    const following = lists.map((list) => list.follow(server.url));
    await Promise.all(lists.map((list) => list.opened));
    await publish();
    await endWith('last');
    await Promise.all(following);
    await caughtUp(server.url);
  }, 600_000);

  afterAll(async () => {
    for (const socket of deaf) socket.destroy();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Publishes, and cuts every reader off each time that another part of the events is answered. */
  async function publish(): Promise<void> {
    const random = randomOf(seed);
    const probe = new Publisher('/probe', 100, randomOf(seed));
    // Some of the events are late, and refused.
    const batches = Math.ceil((1.25 * EVENTS) / PUBLISHERS / (probe.eventCount / 100));
    const publishers = Array.from(
      { length: PUBLISHERS },
      (_, at) => new Publisher(`/publisher/${at}`, batches, random),
    );
    const batchesPerCut = Math.floor((PUBLISHERS * batches) / (CUTS + 20));
    let answered = 0;
    const onAnswer = (): void => {
      answered++;
      if (answered % batchesPerCut !== 0) return;
      for (const list of lists) list.cut();
      waitingBytes.push(metric('taskledger_stream_waiting_bytes'));
    };
    await Promise.all(publishers.map((publisher) => publisher.publish(server.url, onAnswer)));
    events = publishers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
  }

  /** A pending and a running task: each reader hears of one of them last. */
  async function endWith(key: string): Promise<void> {
    const send = async (type: string, subject: string, data: object = {}): Promise<void> => {
      const event = { specversion: '1.0', id: `${type}/${subject}`, source: '/end', subject, data };
      const response = await fetch(`${server.url}/api/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents+json' },
        body: JSON.stringify({ ...event, type: `task.${type}` }),
      });
      expect(response.status).toBe(200);
    };
    for (const state of ['pending', 'running']) {
      await send('created', `${key}/${state}`, { project_id: 3, task_type: 'ocr' });
      if (state === 'running') await send('started', `${key}/${state}`);
    }
    for (const list of lists) {
      const [running] = await tasks(`key=${key}/running&${list.query}`);
      const [pending] = await tasks(`key=${key}/pending&${list.query}`);
      list.endWith((running ?? pending) as { id: number });
    }
  }

  async function tasks(query: string): Promise<unknown[]> {
    await caughtUp(server.url);
    const response = await fetch(`${server.url}/api/v1/tasks?${query}`);
    return ((await response.json()) as { data: unknown[] }).data;
  }

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  }

  it(`published so many (TEST_SEED=${seed})`, () => {
    expect(events).toBeGreaterThanOrEqual(EVENTS);
  });

  it.each(lists.map((list) => [list.query, list] as const))(
    `ends a reader that was cut off ${CUTS} times with what the list shows: %s`,
    async (query, list) => {
      expect(list.cuts).toBe(CUTS);
      expect(list.disordered).toEqual([]);
      const items = await allItems(server.url, query);
      expect(items.length).toBeGreaterThan(0);
      expect([...list.items.values()].sort()).toEqual(items.sort());
    },
  );

  it('holds no more for a reader that never reads than a part of its stream', async () => {
    const bytes = await Promise.all(waitingBytes);
    // Something waits for them at last, or nothing is shown by it.
    expect(Math.max(...bytes)).toBeGreaterThan(0);
    expect(Math.max(...bytes)).toBeLessThan(DEAF_READERS * WAITING_BYTES_MAX);
  });

  it('ends in order while readers are connected, whether they read or not', async () => {
    const readers = await Promise.all(
      Array.from({ length: 50 }, () => EventStream.open(`${server.url}/api/v1/tasks/stream`)),
    );
    // It exits with 1 when anything takes longer than it may.
    await server.stop();
    for (const reader of readers) {
      expect(await reader.next()).toBeUndefined();
      expect(reader.response.complete).toBe(true);
    }
  });
});

/** A client that asks for a stream and reads nothing of it. */
async function openDeaf(url: string): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause();
  socket.write(
    `GET /api/v1/tasks/stream?include=key,attempt,started_at,completed_at HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  );
  return socket;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { caughtUp } from '../support/api.js';
import { startServer, type Server } from '../support/server.js';

const DAY_MS = 86_400_000;
/** The beginning of yesterday, in UTC: none of it is to come. */
const YESTERDAY_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;

describe('the series of a started process', () => {
  let dataDir = '';
  let server: Server;
  let events = 0;
  const start = async (keepDays?: number): Promise<void> => {
    const env: Record<string, string> = keepDays === undefined ? {} : { SERIES_KEEP_DAYS: String(keepDays) };
    server = await startServer({ dataDir, env });
  };
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-series-'));
    await start();
  }, 180_000);
  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }, 180_000);

  const time = (minute: number, days = 0): string =>
    new Date(YESTERDAY_MS + days * DAY_MS + minute * 60_000).toISOString();

  /** Sends one event that happened at a minute of yesterday, or of another day. */
  async function publish(type: string, subject: string, at: string, data: object = {}): Promise<void> {
    const event = { specversion: '1.0', id: `series-${++events}`, source: '/test', type: `task.${type}` };
    const response = await fetch(`${server.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify({ ...event, subject, time: at, data }),
    });
    expect(response.status).toBe(200);
  }

  async function series(query: string, from = time(0), to = time(0, 1)) {
    await caughtUp(server.url, 'series');
    return shown(query, from, to);
  }

  async function shown(query: string, from = time(0), to = time(0, 1)) {
    const asked = new URLSearchParams(`from=${from}&to=${to}&${query}`);
    const response = await fetch(`${server.url}/api/v1/tasks/series?${asked.toString()}`);
    return { headers: response.headers, body: (await response.json()) as { code: number; data: any } };
  }

  /** All that is shown of yesterday. */
  const everything = async (): Promise<object[]> => {
    await caughtUp(server.url, 'series');
    const all: object[] = [];
    for (const what of ['created', 'started', 'ended'])
      for (const [by, to] of [['minute', 180] as const, ['hour', 1440] as const, ['day', 1440] as const])
        all.push((await shown(`by=${by}&of=${what}&group=project_id`, time(0), time(to))).body.data);
    return all;
  };

  it('are all 0 at first', async () => {
    const { body } = await series('by=hour&of=created');
    expect(body.data).toMatchObject({ position: null, total: 0, counts: Array(24).fill(0) });
  });

  it('say how many tasks were created, started and ended in each minute, hour and day', async () => {
    for (const [task, minutes] of [10, 20, 70].entries()) {
      await publish('created', `crawl/${task}`, time(0), { project_id: 1, task_type: 'crawl' });
      await publish('started', `crawl/${task}`, time(5));
      await publish('started', `crawl/${task}`, time(5));
      await publish('completed', `crawl/${task}`, time(5 + minutes));
    }
    await publish('created', 'ocr/1', time(61), { project_id: 2, task_type: 'ocr' });
    await publish('progressed', 'ocr/1', time(62), { progress: 3 });
    await publish('failed', 'ocr/1', time(63), { error_message: 'disk full' });
    // It is too late, and changes nothing.
    await fetch(`${server.url}/api/v1/tasks/1/cancel`, { method: 'POST' });

    const hours = async (query: string) => (await series(`by=hour&${query}`)).body.data.counts.slice(0, 3);
    const { headers, body } = await series('by=day&of=ended&group=status');
    expect(headers.get('taskledger-position')).toBe(body.data.position);
    expect(Number(headers.get('taskledger-lag-ms'))).toBeGreaterThanOrEqual(0);
    expect(body.data).toMatchObject({
      by: 'day',
      of: 'ended',
      from: time(0).replace('.000', ''),
      interval_s: 86_400,
      total: 4,
      counts: [4],
      groups: [
        { status: 'completed', total: 3, counts: [3] },
        { status: 'failed', total: 1, counts: [1] },
      ],
    });
    expect(await hours('of=created')).toEqual([3, 1, 0]);
    expect(await hours('of=started')).toEqual([3, 1, 0]);
    expect(await hours('of=ended')).toEqual([2, 2, 0]);
    expect(await hours('of=ended&project_id=2')).toEqual([0, 1, 0]);
    expect(await hours('of=ended&task_type=crawl')).toEqual([2, 1, 0]);
    expect((await series('by=minute&of=started', time(4), time(7))).body.data.counts).toEqual([0, 3, 0]);
  });

  it('are the same after a kill, and after the folder that they are in was deleted', async () => {
    const before = await everything();
    await server.kill('SIGKILL');
    await start();
    expect(await everything()).toEqual(before);
    await server.stop();
    await rm(join(dataDir, 'read-model'), { recursive: true });
    await start();
    expect(await everything()).toEqual(before);
  }, 180_000);

  it('do not count what is older than they are kept, and are asked for no further back', async () => {
    const before = await everything();
    await publish('created', 'old/1', time(0, -410), { project_id: 1, task_type: 'crawl' });
    const { body } = await series('by=day&of=created', time(0, -398), time(0, 1));
    expect(body.data).toMatchObject({ total: 4 });
    expect(body.data.counts).toHaveLength(399);
    expect(body.data.kept_from).toBe(time(0, -399).replace('.000', ''));
    const refused = await series('by=day&of=created', time(0, -410), time(0, 1));
    expect(refused.body).toMatchObject({
      code: 400,
      message: `from must be ${body.data.kept_from} or later: the series are not kept from before that`,
    });
    const withoutPosition = ({ position: _, ...shown }: any) => shown;
    expect((await everything()).map(withoutPosition)).toEqual(before.map(withoutPosition));
  });

  it('lose what a shorter time no longer keeps, with the next event at the latest', async () => {
    await publish('created', 'older/1', time(0, -30), { project_id: 1, task_type: 'crawl' });
    const month = async () => (await series('by=day&of=created', time(0, -30))).body;
    expect((await month()).data.total).toBe(5);
    await server.stop();
    await start(10);
    await publish('created', 'new/1', time(1), { project_id: 1, task_type: 'crawl' });
    expect(await month()).toMatchObject({
      code: 400,
      message: expect.stringContaining(time(0, -9).slice(0, 10)),
    });
    expect((await series('by=day&of=created', time(0, -9))).body.data.total).toBe(5);
  }, 180_000);
});

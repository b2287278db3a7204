import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { caughtUp } from '../support/api.js';
import { startServer, type Server } from '../support/server.js';
import { shownStats } from '../support/shown-stats.js';

const NONE = { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };

describe('the stats of a started process', () => {
  let dataDir = '';
  let server: Server;
  let events = 0;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-stats-'));
    server = await startServer({ dataDir });
  }, 180_000);
  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }, 180_000);

  /** Sends one event that happened at a second of a certain minute. */
  async function publish(type: string, subject: string, second: number, data: object): Promise<void> {
    const time = new Date(Date.UTC(2025, 2, 12, 10) + second * 1000).toISOString();
    const id = `stats-${++events}`;
    const event = { specversion: '1.0', id, source: '/test', type: `task.${type}`, subject, time, data };
    const response = await fetch(`${server.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify(event),
    });
    expect(response.status).toBe(200);
  }

  async function stats(query = '') {
    await caughtUp(server.url, 'stats');
    const response = await fetch(`${server.url}/api/v1/tasks/stats${query}`);
    return { headers: response.headers, body: (await response.json()) as { code: number; data: any } };
  }

  it('are all zero at first', async () => {
    expect(await shownStats(server.url)).toEqual({
      position: null,
      total: 0,
      by_status: NONE,
      silent: 0,
      by_type: {},
      by_project: [],
    });
  });

  it('count what has happened by status, type and project, with how long it took', async () => {
    for (const [task, seconds] of [10, 20, 30].entries()) {
      await publish('created', `crawl/${task}`, 0, { project_id: 1, task_type: 'crawl' });
      await publish('started', `crawl/${task}`, 5, {});
      await publish('completed', `crawl/${task}`, 5 + seconds, {});
    }
    await publish('created', 'ocr/1', 0, { project_id: 2, task_type: 'ocr' });
    await publish('created', 'ocr/2', 0, { project_id: 2, task_type: 'ocr' });
    await publish('progressed', 'ocr/2', 0, { progress: 3 });
    const { headers, body } = await stats();
    expect(body.code).toBe(200);
    expect(headers.get('taskledger-position')).toBe(body.data.position);
    expect(Number(headers.get('taskledger-lag-ms'))).toBeGreaterThanOrEqual(0);
    expect(body.data).toMatchObject({
      total: 5,
      by_status: { ...NONE, pending: 1, running: 1, completed: 3 },
      by_project: [
        { project_id: 1, total: 3, by_status: { ...NONE, completed: 3 } },
        { project_id: 2, total: 2, by_status: { ...NONE, pending: 1, running: 1 } },
      ],
    });
    const { crawl, ocr } = body.data.by_type;
    expect(crawl).toMatchObject({ total: 3, by_status: { ...NONE, completed: 3 } });
    expect(crawl.duration_ms.count).toBe(3);
    expect(Math.abs(crawl.duration_ms.median - 20_000)).toBeLessThanOrEqual(200);
    expect(ocr.duration_ms).toEqual({ count: 0, median: null, p95: null });
  });

  it('follow a cancel, and are of one project when asked', async () => {
    const { data } = (await (
      await fetch(`${server.url}/api/v1/tasks?project_id=2&status=pending`)
    ).json()) as any;
    await fetch(`${server.url}/api/v1/tasks/${data[0].id}/cancel`, { method: 'POST' });
    const { body } = await stats('?project_id=2');
    expect(body.data).toMatchObject({ total: 2, by_status: { ...NONE, running: 1, cancelled: 1 } });
    expect(body.data).not.toHaveProperty('by_project');
    expect(body.data.by_type).not.toHaveProperty('crawl');
  });

  it('are the same after a kill, and after the folder that they are in was deleted', async () => {
    const { body: before } = await stats();
    await server.kill('SIGKILL');
    server = await startServer({ dataDir });
    expect((await stats()).body).toEqual(before);
    await server.stop();
    await rm(join(dataDir, 'read-model'), { recursive: true });
    server = await startServer({ dataDir });
    expect((await stats()).body).toEqual(before);
  }, 180_000);

  it('lead from page to page of projects', async () => {
    const batch = Array.from({ length: 1000 }, (_, at) => ({
      specversion: '1.0',
      id: `many-${at}`,
      source: '/test',
      type: 'task.created',
      data: { project_id: at + 10, task_type: 'index' },
    }));
    await fetch(`${server.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(batch),
    });
    const { body } = await stats();
    expect(body.data.by_project).toHaveLength(1000);
    const all = await shownStats(server.url);
    const expected = [1, 2, ...Array.from({ length: 1000 }, (_, at) => at + 10)];
    expect(all.by_project.map(({ project_id }) => project_id)).toEqual(expected);
    expect(all.total).toBe(1005);
  });
});

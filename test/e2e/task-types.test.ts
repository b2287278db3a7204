import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { caughtUp } from '../support/api.js';
import { startServer, type Server } from '../support/server.js';
import { tasksApi } from '../support/tasks-api/tasks-api.js';

describe('a started process that takes any type of tasks', () => {
  let dataDir = '';
  let server: Server;
  const { get, idsOf, publish } = tasksApi(() => server.url);
  const ids: number[] = [];
  const start = async (env: Record<string, string>): Promise<void> => {
    server = await startServer({ dataDir, env });
  };
  const create = (task_type: string): Promise<number> =>
    publish('created', undefined, { project_id: 1, task_type });

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskledger-types-'));
    await start({ TASK_TYPES: '*' });
    for (const type of ['Mail.Send', 'queue:mail/v2', 'ocr']) ids.push(await create(type));
    await caughtUp(server.url);
  }, 180_000);
  afterAll(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }, 180_000);

  it('shows, lists and counts them by it', async () => {
    const [mail, queued, ocr] = ids;
    expect((await get(`/api/v1/tasks/${mail}`)).data.task_type).toBe('Mail.Send');
    expect(idsOf(await get('/api/v1/tasks?task_type=queue:mail/v2,Mail.Send'))).toEqual([queued, mail]);
    expect(idsOf(await get('/api/v1/tasks?task_type=!Mail.Send'))).toEqual([ocr, queued]);
    expect(idsOf(await get('/api/v1/tasks?task_type=never.seen'))).toEqual([]);
    await caughtUp(server.url, 'stats');
    const { by_type } = (await get('/api/v1/tasks/stats')).data;
    expect(Object.keys(by_type)).toEqual(['Mail.Send', 'ocr', 'queue:mail/v2']);
  });

  it('says of one that is not well formed what is allowed', async () => {
    expect((await get('/api/v1/tasks?task_type=a b')).message).toMatch(
      /^task_type must be one or more types, each of 1 to 128 of A-Z/,
    );
    const response = await fetch(`${server.url}/api/v1/tasks`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ project_id: 1, task_type: 'a b' }),
    });
    expect(await response.json()).toMatchObject({
      ...{ code: 400, message: expect.stringMatching(/^task_type: must be 1 to 128 of A-Z/) },
    });
  });

  it('has them still where only some are set up later', async () => {
    await server.stop();
    await start({ TASK_TYPES: 'Mail.Send' });
    const mail = await create('Mail.Send');
    await caughtUp(server.url);
    expect(idsOf(await get('/api/v1/tasks?task_type=Mail.Send'))).toEqual([mail, ids[0]]);
    expect(idsOf(await get('/api/v1/tasks?task_type=!Mail.Send'))).toEqual([ids[2], ids[1]]);
    expect((await get('/api/v1/tasks?task_type=queue:mail/v2')).message).toBe(
      'task_type must be one or more of search, dedup, crawl, ocr, index, keyword_expand, Mail.Send (with ! before it: all but this one)',
    );
  }, 60_000);
});

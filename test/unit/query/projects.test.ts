import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { anonymously, CommandSide } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';
import { startFaked, type FakedService } from '../../support/query-fakes.js';

const PROJECTS = '/api/v1/projects';

let faked: FakedService;
let store: MemoryEventStore;
let side: CommandSide;
afterEach(() => faked.service.close());
beforeEach(async () => {
  store = new MemoryEventStore();
  side = new CommandSide(store);
  faked = await startFaked({}, store);
  faked.fakes.reply = (_, data) => side.projects.register(data, anonymously());
});

const register = (body: object) =>
  fetch(`${faked.url}${PROJECTS}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
const get = async (path: string): Promise<any> => (await fetch(`${faked.url}${path}`)).json();

describe('/api/v1/projects', () => {
  it('registers a project over the bus, and lists them in the order in which they came', async () => {
    expect(await get(PROJECTS)).toEqual({ code: 200, message: 'success', data: [] });
    const response = await register({ name: 'mail "7"', project_id: 7 });
    expect([response.status, await response.text()]).toEqual([
      201,
      '{"code":201,"message":"Project registered","data":{"project_id":7,"name":"mail \\"7\\""}}',
    ]);
    await register({ name: 'a' });
    const again = await register({ name: 'mail "7"' });
    expect([again.status, ((await again.json()) as { data: unknown }).data]).toEqual([
      200,
      { project_id: 7, name: 'mail "7"' },
    ]);
    expect(faked.fakes.requests[0]).toMatchObject({
      subject: 'tasks.commands.projects.register',
      data: { name: 'mail "7"', project_id: 7 },
    });
    expect((await get(PROJECTS)).data).toEqual([
      { project_id: 7, name: 'mail "7"' },
      { project_id: 1_000_000_000, name: 'a' },
    ]);
  });

  it('says why one is not registered', async () => {
    await register({ name: 'mail', project_id: 7 });
    const conflict = await register({ name: 'crawl', project_id: 7 });
    expect([conflict.status, conflict.headers.get('taskledger-reason')]).toEqual([409, 'project_conflict']);
    const wrong = await register({ name: '' });
    expect([wrong.status, ((await wrong.json()) as { message: string }).message]).toEqual([
      400,
      'name: must be a string of 1 to 128 characters, none of them a control character',
    ]);
    faked.fakes.reply = () => {
      throw new UnavailableError('no answer');
    };
    expect((await register({ name: 'crawl' })).status).toBe(503);
  });

  it('refuses to filter where nothing is filtered', async () => {
    expect(await get(`${PROJECTS}?project=mail`)).toMatchObject({
      ...{ code: 400, message: 'project is not taken here; taken are: none' },
    });
  });
});

describe('project=', () => {
  beforeEach(() => register({ name: 'mail & more', project_id: 7 }));
  const named = `project=${encodeURIComponent('mail & more')}`;

  it('is the id in a list and in a bulk cancel, also of a project that was registered a moment ago', async () => {
    await get(`/api/v1/tasks?${named}&status=running`);
    await register({ name: 'new', project_id: 8 });
    await get('/api/v1/tasks?project=new');
    await fetch(`${faked.url}/api/v1/cancellations`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"filter":{"project":"new"}}',
    });
    expect(faked.fakes.lists.map(({ filter }) => filter)).toEqual([
      { projectId: 7, statuses: ['running'] },
      { projectId: 8 },
      { projectId: 8, statuses: ['pending', 'running'] },
    ]);
    expect(faked.fakes.requests.at(-1)?.data).toMatchObject({ filter: { project: 'new' } });
  });

  it('is the id in stats', async () => {
    const byStatus = { pending: 2, running: 0, completed: 0, failed: 0, cancelled: 0 };
    faked.fakes.counts.set(7, { position: '0000000000000005', byStatus, silent: 0, byType: new Map() });
    expect((await get(`/api/v1/tasks/stats?${named}`)).data.total).toBe(2);
  });

  it.each(['/api/v1/tasks?', '/api/v1/tasks/stream?', '/api/v1/tasks/stats?'])(
    'is refused where there is none of the name: %s',
    async (path) => {
      expect(await get(`${path}project=other`)).toMatchObject({
        code: 400,
        message: 'project must be the name of a project that there is; none is named "other"',
      });
    },
  );

  it('is looked up in the ledger that is there now, and is unavailable with it', async () => {
    await get(`/api/v1/tasks?${named}`);
    const [event] = store.events;
    if (event !== undefined) event.damage = 'Its checksum is wrong';
    expect((await get('/api/v1/tasks?project=other')).code).toBe(400);
    const reader = await startFaked({}, store);
    try {
      const response = await fetch(`${reader.url}/api/v1/tasks?${named}`);
      expect([response.status, faked.fakes.lists.length]).toEqual([503, 1]);
    } finally {
      await reader.service.close();
    }
  });
});

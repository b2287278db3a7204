import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { document, startFaked, type FakedService } from '../../support/query-fakes.js';

const TASKS = '/api/v1/tasks';

describe('GET /api/v1/tasks', () => {
  let faked: FakedService;
  beforeAll(async () => {
    faked = await startFaked();
  });
  afterAll(() => faked.service.close());
  beforeEach(() => {
    faked.fakes.lists.length = 0;
    faked.fakes.page = { items: [] };
  });

  const get = (query: string) => fetch(`${faked.url}${TASKS}${query}`);
  const asked = () => faked.fakes.lists[0];

  it('hands the stored items on as they are', async () => {
    const items = [document(2).itemJson, document(1).itemJson];
    faked.fakes.page = { items };
    const response = await get('');
    expect(await response.text()).toBe(`{"code":200,"message":"success","data":[${items.join(',')}]}`);
    expect(asked()).toEqual({ filter: {}, limit: 50, cursor: undefined });
  });

  it('takes a filter that stands behind many other parameters', async () => {
    await get(`?${'x&'.repeat(2_000)}status=running`);
    expect(asked()).toMatchObject({ filter: { statuses: ['running'] } });
  });

  it('sends text beyond ASCII as UTF-8 of the stated length', async () => {
    faked.fakes.page = { items: [document(7, { task_type: 'Prüfung 検索 🔎' }).itemJson] };
    const response = await get('');
    const body = Buffer.from(await response.arrayBuffer());
    expect(response.headers.get('content-length')).toBe(String(body.length));
    expect(JSON.parse(body.toString('utf8'))).toMatchObject({ data: [{ task_type: 'Prüfung 検索 🔎' }] });
  });

  it.each([
    ['?project_id=1', { projectId: 1 }],
    ['?project_id=-3', { projectId: -3 }],
    ['?project_id=-0', { projectId: 0 }],
    ['?status=running', { statuses: ['running'] }],
    ['?status=running,pending', { statuses: ['running', 'pending'] }],
    ['?status=running&status=pending&status=running', { statuses: ['running', 'pending'] }],
    ['?status=running%2Cfailed', { statuses: ['running', 'failed'] }],
    ['?task_type=ocr', { taskTypes: ['ocr'] }],
    [
      '?task_type=ocr,search&project_id=7&status=failed',
      { taskTypes: ['ocr', 'search'], projectId: 7, statuses: ['failed'] },
    ],
    ['?unknown=1&__proto__=2&constructor=3&%=4', {}],
  ])('takes the filter of %s', async (query, filter) => {
    expect((await get(query)).status).toBe(200);
    expect(asked()?.filter).toEqual(filter);
  });

  it.each([
    ['?include=key', ['key']],
    ['?include=result,key&include=attempt,key', ['key', 'attempt', 'result']],
  ])('asks for what %s names, in the order in which it is answered', async (query, include) => {
    expect((await get(query)).status).toBe(200);
    expect(asked()?.include).toEqual(include);
  });

  it('asks for times as in RFC 3339, also on the page that it links to', async () => {
    faked.fakes.page = { items: [], next: { at: '2025-03-12T10:00:00', taskId: 42 } };
    const { headers } = await get('?times=rfc3339&limit=20');
    expect(asked()).toEqual({ filter: {}, limit: 20, cursor: undefined, times: 'rfc3339' });
    expect(headers.get('link')).toMatch(/^<\/api\/v1\/tasks\?times=rfc3339&limit=20&cursor=/);
  });

  it.each([
    ['include', ['', 'id', 'key,', 'history', '__proto__', 'KEY']],
    ['times', ['', 'seconds', 'RFC3339', 'rfc3339,', '__proto__']],
    ['key_prefix', ['crawl', 'a/b', '1/2/3/4/5/6/7/8/9/']],
    ['created_after', ['now', '']],
    ['limit', ['0', '-1', '1001', '1.5', '1e2', 'ten', '', '05', '+5', '٣', '99999999999999999999', '0x10']],
    ['project_id', ['1.0', 'abc', '', '1e3', '9007199254740993', ' 1', 'NaN', 'Infinity', '--1', '1,2']],
    ['status', ['done', 'Running', '', 'running,', 'running;pending', '__proto__', 'constructor']],
    ['task_type', ['knitting', '', 'ocr,', 'OCR']],
    ['cursor', ['', 'x', '!!!', 'MjAyNS0wMy0xMlQxMDowMDowMH4x=', 'MjAyNS0wMy0xMlQxMDowMDowMH4w']],
  ])('refuses %s when it is not allowed, and names it', async (name, values) => {
    for (const value of values) {
      const response = await get(`?${name}=${encodeURIComponent(value)}`);
      expect(await response.json()).toEqual({
        code: 400,
        message: expect.stringMatching(new RegExp(`^${name} must be `)),
        data: null,
      });
      expect(response.status).toBe(400);
    }
    expect(faked.fakes.lists).toEqual([]);
  });

  it.each(['limit=5&limit=5', 'project_id=1&project_id=2', 'cursor=a&cursor=b'])(
    'refuses %s, which would have to be given once',
    async (query) => {
      const name = query.split('=')[0];
      expect(await (await get(`?${query}`)).json()).toEqual({
        code: 400,
        message: `${name} must be given only once`,
        data: null,
      });
    },
  );

  it('links to the next page, which has the same parameters and starts at the cursor', async () => {
    faked.fakes.page = { items: [], next: { at: '2025-03-12T10:00:00', taskId: 42 } };
    const first = await get('?status=running,pending&project_id=7&limit=20&colour=a%20%3E%22b');
    const link = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect(link).toMatch(
      /^\/api\/v1\/tasks\?status=running%2Cpending&project_id=7&limit=20&colour=a%20%3E%22b&cursor=/,
    );

    const second = await fetch(`${faked.url}${link}`);
    expect(faked.fakes.lists[1]).toEqual({
      filter: { projectId: 7, statuses: ['running', 'pending'] },
      limit: 20,
      cursor: { at: '2025-03-12T10:00:00', taskId: 42 },
    });
    // The next link replaces the cursor instead of adding another one.
    expect(second.headers.get('link')).toBe(first.headers.get('link'));
  });

  it('has no Link on the last page', async () => {
    expect((await get('')).headers.has('link')).toBe(false);
  });

  it('says how fresh the list is', async () => {
    faked.fakes.progress = { ...faked.fakes.progress, position: '0000000000000123', lagMs: 12.6 };
    const { headers } = await get('');
    expect(headers.get('taskledger-position')).toBe('0000000000000123');
    expect(headers.get('taskledger-lag-ms')).toBe('13');
    faked.fakes.progress = { ...faked.fakes.progress, position: undefined };
    expect((await get('')).headers.has('taskledger-position')).toBe(false);
  });
});

describe('GET /api/v1/tasks/{id}', () => {
  let faked: FakedService;
  beforeAll(async () => {
    faked = await startFaked();
    faked.fakes.documents.set(7, document(7, { started_at: '2025-03-12T10:00:01.999Z', status: 'running' }));
  });
  afterAll(() => faked.service.close());

  it('puts the detail together from the stored parts', async () => {
    expect(await (await fetch(`${faked.url}${TASKS}/7`)).text()).toBe(
      '{"code":200,"message":"success","data":{"id":7,"project_id":1,"task_type":"search","status":"running",' +
        '"progress":0,"total":100,"params":{},"result":{},"error_message":"","created_at":"2025-03-12T10:00:00",' +
        '"started_at":"2025-03-12T10:00:01","completed_at":null}}',
    );
  });

  it('adds key and attempt when they are asked for', async () => {
    faked.fakes.documents.set(6, document(6, { key: 'crawl/"6"', attempt: 2 }));
    const text = await (await fetch(`${faked.url}${TASKS}/6?include=attempt,key`)).text();
    expect(text).toMatch(/,"completed_at":null,"key":"crawl\/\\"6\\"","attempt":2\}\}$/);
    const refused = await fetch(`${faked.url}${TASKS}/6?include=params`);
    expect(await refused.json()).toMatchObject({
      code: 400,
      message:
        'include must be one or more of key, attempt, labels, parent, retry_of, worker, error_type, due_at, heartbeat_s, silent, heard_at, attempts, cancel, children, retries',
    });
  });

  it('fetches a task that the read model does not have yet from the ledger', async () => {
    faked.fakes.refreshTask = async (taskId) => {
      faked.fakes.documents.set(taskId, document(taskId));
    };
    const response = await fetch(`${faked.url}${TASKS}/9`);
    faked.fakes.refreshTask = async () => undefined;
    expect(await response.json()).toMatchObject({ code: 200, data: { id: 9 } });
  });

  it('does not know other tasks', async () => {
    const response = await fetch(`${faked.url}${TASKS}/8`);
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('{"code":404,"message":"Task not found","data":null}');
  });

  it.each([
    '0',
    '-1',
    '007',
    '1.5',
    'abc',
    '1e3',
    '9007199254740992',
    '%00',
    '%E0%A4%A',
    '__proto__',
    '1%2F2',
  ])('refuses %s, which is no positive int', async (id) => {
    const response = await fetch(`${faked.url}${TASKS}/${id}`);
    expect(response.status).toBe(400);
    expect(await response.text()).toBe('{"code":400,"message":"id must be a positive int","data":null}');
  });

  it('answers HEAD with the headers of GET and nothing else', async () => {
    const get = await fetch(`${faked.url}${TASKS}/7`);
    const head = await fetch(`${faked.url}${TASKS}/7`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
    expect(await head.text()).toBe('');
  });
});

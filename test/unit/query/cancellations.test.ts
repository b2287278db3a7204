import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { bulkCancelId, BulkCancelSide } from '../../support/bulk-cancel-side.js';
import { CommandSide, created, lifecycleEvent, anonymously } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';
import { document, startFaked, type FakedService } from '../../support/query-fakes.js';

const PATH = '/api/v1/cancellations';
const ONE = `${PATH}/${bulkCancelId()}`;

let faked: FakedService;
let store: MemoryEventStore;
let side: BulkCancelSide;
afterEach(() => faked.service.close());

beforeEach(async () => {
  store = new MemoryEventStore();
  faked = await startFaked({}, store);
  const tasks = new CommandSide(store);
  await tasks.ingest(created('a'), created('b'), created('c'));
  await tasks.ingest(lifecycleEvent('completed', 'b'));
  side = new BulkCancelSide(store);
  side.nowMs = 1_000_000;
  const { fakes } = faked;
  fakes.progress = { ...fakes.progress, position: store.events.at(-1)?.position };
  fakes.documents = new Map([1, 3].map((id) => [id, document(id)]));
  fakes.page = { items: [3, 1].map((id) => document(id).itemJson) };
  // The ids of the fakes are no UUIDs; all previews are the same one here.
  fakes.reply = (subject, data) => {
    const request = { ...(data as object), id: bulkCancelId() };
    if (subject === 'tasks.commands.bulk_cancel.preview')
      return side.bulkCancels.preview(request, anonymously());
    return subject === 'tasks.commands.bulk_cancel.abort'
      ? side.bulkCancels.abort(data, anonymously())
      : side.bulkCancels.start(data, anonymously());
  };
});

const get = (path: string) => fetch(`${faked.url}${path}`);
const post = (
  path: string,
  body?: unknown,
  headers: Record<string, string> = { 'Content-Type': 'application/json' },
) =>
  fetch(`${faked.url}${path}`, {
    method: 'POST',
    headers: body === undefined ? {} : headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const preview = (filter: unknown, over: object = {}) => post(PATH, { filter, ...over });

async function dataOf(response: Response): Promise<any> {
  const { code, data } = (await response.json()) as { code: number; data: unknown };
  expect(code).toBe(response.status);
  return data;
}

async function messageOf(response: Response): Promise<string> {
  const body = (await response.json()) as { code: number; message: string; data: unknown };
  expect(body).toMatchObject({ code: response.status, data: null });
  return body.message;
}

describe('POST /api/v1/cancellations', () => {
  it('is one preview, however often it is sent with the same Idempotency-Key', async () => {
    faked.fakes.reply = (_, data) => side.bulkCancels.preview(data, anonymously());
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': 'once' };
    const first = await post(PATH, { filter: { project_id: 1 } }, headers);
    expect(first.status).toBe(201);
    const again = await post(PATH, { filter: { project_id: 1 } }, headers);
    expect([again.status, again.headers.get('location')]).toEqual([200, first.headers.get('location')]);
    expect(await dataOf(again)).toEqual(await dataOf(first));
    const other = await post(PATH, { filter: { project_id: 2 } }, headers);
    expect([other.status, other.headers.get('taskledger-reason')]).toEqual([409, 'cancellation_exists']);
    const another = await post(
      PATH,
      { filter: { project_id: 1 } },
      { ...headers, 'Idempotency-Key': 'twice' },
    );
    expect(another.status).toBe(201);
    expect(faked.fakes.requests).toHaveLength(2);
  });

  it('shows exactly which tasks, where in the ledger, and cancels nothing', async () => {
    const response = await preview({ project_id: 1 }, { reason: 'wrong input', actor: 'ana' });
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(ONE);
    expect(await response.text()).toBe(
      `{"code":201,"message":"Nothing is cancelled yet","data":{"id":"${bulkCancelId()}","state":"previewed"` +
        `,"filter":{"project_id":1},"reason":"wrong input","position":"${store.stream('task-2')[1]?.position}","total":2` +
        `,"tasks":[${document(3).itemJson},${document(1).itemJson}],"counts":{"cancelled":0,"refused":0,"open":2}` +
        `,"created_at":"1970-01-01T00:16:40.000Z","expires_at":"1970-01-01T01:16:40.000Z","started_at":null,"finished_at":null,"aborted_at":null}}`,
    );
    expect(faked.fakes.lists[0]?.filter).toEqual({ projectId: 1, statuses: ['pending', 'running'] });
    expect(faked.fakes.requests[0]?.data).toMatchObject({ task_ids: [3, 1], actor: 'ana' });
    expect(store.events.filter(({ type }) => type === 'TaskCancelled')).toEqual([]);
  });

  it('shows times as they are asked for, be it in the preview or later', async () => {
    const createdAt = async (response: Response): Promise<unknown> => {
      const { tasks } = (await dataOf(response)) as { tasks: { created_at: string }[] };
      return tasks.map(({ created_at }) => created_at);
    };
    const full = ['2025-03-12T10:00:00.123Z', '2025-03-12T10:00:00.123Z'];
    expect((await post(`${PATH}?times=rfc3339`, { filter: { project_id: 1 } })).status).toBe(201);
    expect(faked.fakes.lists[0]?.times).toBe('rfc3339');
    expect(await createdAt(await get(`${ONE}?times=rfc3339`))).toEqual(full);
    expect(await createdAt(await get(ONE))).toEqual(['2025-03-12T10:00:00', '2025-03-12T10:00:00']);
    expect(await messageOf(await get(`${ONE}?times=local`))).toBe('times must be rfc3339');
  });

  it.each([
    [
      'project_id and one status',
      { project_id: 1, status: 'running' },
      { projectId: 1, statuses: ['running'] },
    ],
    ['a status that is taken away', { status: '!pending' }, { statuses: ['running'] }],
    ['statuses of which some have ended', { status: ['running', 'completed'] }, { statuses: ['running'] }],
    [
      'types',
      { task_type: 'ocr,search' },
      { taskTypes: ['ocr', 'search'], statuses: ['pending', 'running'] },
    ],
    [
      'a type that is left out',
      { task_type: ['!ocr'] },
      { notTaskTypes: ['ocr'], statuses: ['pending', 'running'] },
    ],
    [
      'times and a prefix',
      { created_after: '2025-03-12T10:00:00', created_before: '2025-03-12T11:00:00Z', key_prefix: 'crawl/' },
      {
        createdAfter: '2025-03-12T10:00:00',
        createdBefore: '2025-03-12T11:00:00',
        keyPrefix: 'crawl/',
        statuses: ['pending', 'running'],
      },
    ],
    ['a key', { key: 'a' }, { key: 'a', statuses: ['pending', 'running'] }],
    ['a project in digits', { project_id: '-0', status: 'pending' }, undefined],
  ])('takes %s', async (_, filter, expected) => {
    const response = await preview(filter);
    if (expected === undefined) {
      expect(await messageOf(response)).toMatch(/filter.project_id: must be an int/);
      return;
    }
    expect(response.status).toBe(201);
    expect(faked.fakes.lists[0]?.filter).toEqual(expected);
  });

  it.each([
    ['no filter', {}, /^filter: must be an object/],
    ['an empty filter', { filter: {} }, /^filter must leave some open tasks out: name a project_id/],
    [
      'a filter that every open task passes',
      { filter: { status: 'pending,running' } },
      /must leave some open tasks out/,
    ],
    [
      'a negation that every open task passes',
      { filter: { status: ['!completed', '!failed'] } },
      /must leave some/,
    ],
    [
      'a status that no open task has',
      { filter: { status: 'completed', project_id: 1 } },
      /leaves no task that can be/,
    ],
    [
      'statuses that leave nothing',
      { filter: { status: 'running,!running' } },
      /leaves no task that can be cancelled/,
    ],
    ['an unknown member', { filter: { colour: 1 } }, /^Unknown member "colour" in filter/],
    [
      'an unknown member beside the filter',
      { filter: { project_id: 1 }, dry_run: true },
      /^Unknown member "dry_run"/,
    ],
    [
      'a misspelt status',
      { filter: { status: 'runing' } },
      /^status must be one or more of pending, running/,
    ],
    ['an empty list', { filter: { status: [] } }, /^filter.status: must be a string, or a list of 1 to 100/],
    ['an empty string', { filter: { task_type: '' } }, /^task_type must be one or more of search, ocr/],
    ['a list of ints', { filter: { task_type: [1] } }, /^filter.task_type: must be a string, or a list/],
    ['a type that there is not', { filter: { task_type: 'mining' } }, /^task_type must be one or more of/],
    ['a time that is none', { filter: { created_before: 'yesterday' } }, /^created_before must be a time/],
    [
      'a list of times',
      { filter: { created_before: ['2025-03-12'] } },
      /^filter.created_before: must be a string/,
    ],
    ['a prefix within a segment', { filter: { key_prefix: 'crawl' } }, /^key_prefix must be/],
    ['a project beyond 2^53', '{"filter":{"project_id":9007199254740993}}', /9007199254740993|integer/],
    ['a project that is no int', { filter: { project_id: 1.5 } }, /^filter.project_id: must be an int/],
    [
      'null, which is as left out',
      { filter: { project_id: null } },
      /^filter must leave some open tasks out/,
    ],
    ['a reason that is no string', { filter: { project_id: 1 }, reason: 7 }, /^reason: must be a string/],
    ['what is no JSON', '{"filter":', /^Malformed JSON/],
    ['a doubled member', '{"filter":{"project_id":1,"project_id":2}}', /duplicate member/],
    ['__proto__', '{"filter":{"__proto__":{"project_id":1}}}', /__proto__/],
    ['a list', [], /must be an object/],
  ])('refuses %s, with nothing on record', async (_, body, message) => {
    const response = await post(PATH, body);
    expect(response.status).toBe(400);
    expect(await messageOf(response)).toMatch(message);
    expect(faked.fakes.requests).toEqual([]);
  });

  it('refuses another media type', async () => {
    expect((await post(PATH, { filter: { project_id: 1 } }, { 'Content-Type': 'text/plain' })).status).toBe(
      415,
    );
  });

  it('refuses more than 10,000 tasks, and says so', async () => {
    const item = (id: number): string => document(id).itemJson;
    faked.fakes.page = { items: Array.from({ length: 10_001 }, (_, at) => item(at + 10)) };
    const response = await preview({ project_id: 1 });
    expect(response.status).toBe(400);
    expect(await messageOf(response)).toBe(
      'More than 10000 open tasks match; narrow the filter, such as by created_before',
    );
    expect(faked.fakes.requests).toEqual([]);
  });

  it('makes four at once, and tells others to come again', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const lastPosition = store.lastPosition.bind(store);
    let waiting = 0;
    const full = new Promise<void>((resolve) => {
      store.lastPosition = async () => {
        if (++waiting === 4) resolve();
        await gate;
        return lastPosition();
      };
    });
    const four = [1, 2, 3, 4].map(() => preview({ project_id: 1 }));
    await full;
    const fifth = await preview({ project_id: 1 });
    expect(fifth.status).toBe(503);
    expect(await messageOf(fifth)).toBe('Too many previews are under way');
    open();
    const statuses = (await Promise.all(four)).map(({ status }) => status);
    expect(statuses).toEqual([201, 201, 201, 201]);
  });

  it('is 503 while the ledger or the command service is away', async () => {
    faked.fakes.reply = () => {
      throw new UnavailableError('Nobody answers');
    };
    const response = await preview({ project_id: 1 });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    store.readAll = () => {
      throw new UnavailableError('The ledger is away');
    };
    expect(await messageOf(await preview({ project_id: 1 }))).toBe('The ledger is away');
  });
});

describe('POST /api/v1/cancellations/{id}/execute', () => {
  it('answers 202 once it is on record, again and again', async () => {
    await preview({ project_id: 1 });
    for (const body of [{ actor: 'ben' }, undefined]) {
      const response = await post(`${ONE}/execute`, body);
      expect(response.status).toBe(202);
      expect(response.headers.get('location')).toBe(ONE);
      expect(await dataOf(response)).toMatchObject({ state: 'running', total: 2, counts: { open: 2 } });
    }
    expect((await side.load()).started?.principal).toBe('ben');
    await side.finish();
    expect(await dataOf(await post(`${ONE}/execute`))).toMatchObject({ state: 'finished' });
  });

  it('says who asks, and in what course, as the preview does', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { 'Content-Type': 'application/json', traceparent, 'Taskledger-Principal': 'ana' };
    await post(PATH, { filter: { project_id: 1 } }, headers);
    await post(`${ONE}/execute`, {}, headers);
    const context = { ...anonymously(1_005_000), traceparent };
    expect(faked.fakes.contexts).toEqual([context, context]);
  });

  it('is 404 for an unknown one', async () => {
    for (const id of [bulkCancelId(9), 'nonsense', bulkCancelId().toUpperCase()]) {
      const response = await post(`${PATH}/${id}/execute`);
      expect(response.status).toBe(404);
      expect(await messageOf(response)).toBe('Cancellation not found');
    }
  });

  it('is 409 for a preview that has expired', async () => {
    side.nowMs -= 3_600_000;
    await preview({ project_id: 1 });
    side.nowMs += 3_600_000;
    expect(await dataOf(await get(ONE))).toMatchObject({ state: 'expired' });
    const response = await post(`${ONE}/execute`);
    expect(response.status).toBe(409);
    expect(await messageOf(response)).toMatch(/^The preview has expired at 1970-.*; make a new one/);
  });

  it('refuses a body with anything but an actor', async () => {
    await preview({ project_id: 1 });
    expect(await messageOf(await post(`${ONE}/execute`, { filter: {} }))).toBe('Unknown member "filter"');
    expect((await post(`${ONE}/execute`, '{}', { 'Content-Type': 'text/plain' })).status).toBe(415);
    expect(faked.fakes.requests).toHaveLength(1);
  });
});

describe('GET /api/v1/cancellations/{id}', () => {
  it('shows how far it has come', async () => {
    await preview({ project_id: 1 });
    await side.start();
    await new CommandSide(store).ingest(lifecycleEvent('completed', 'a'));
    await side.finish();
    expect(await dataOf(await get(ONE))).toMatchObject({
      state: 'finished',
      reason: null,
      counts: { cancelled: 1, refused: 1, open: 0 },
      tasks: [{ id: 3 }, { id: 1 }],
      started_at: '1970-01-01T00:16:40.000Z',
      finished_at: '1970-01-01T00:16:40.000Z',
    });
  });

  it('is 404 for an unknown one', async () => {
    for (const path of [
      `${PATH}/${bulkCancelId(9)}`,
      `${PATH}/nonsense`,
      `${PATH}/${bulkCancelId(9)}/tasks`,
    ]) {
      expect((await get(path)).status).toBe(404);
    }
  });
});

describe('GET /api/v1/cancellations/{id}/tasks', () => {
  beforeEach(async () => {
    await preview({ project_id: 1 });
  });

  it('says what became of each task', async () => {
    expect(await dataOf(await get(`${ONE}/tasks`))).toEqual([
      { task_id: 3, outcome: 'open', code: null, message: null },
      { task_id: 1, outcome: 'open', code: null, message: null },
    ]);
    await side.start();
    await new CommandSide(store).ingest(lifecycleEvent('completed', 'a'));
    await side.finish();
    const refused = {
      task_id: 1,
      outcome: 'refused',
      code: 'already_completed',
      message: 'Cannot cancel task (already completed)',
    };
    expect(await dataOf(await get(`${ONE}/tasks`))).toEqual([
      { task_id: 3, outcome: 'cancelled', code: null, message: null },
      refused,
    ]);
    expect(await dataOf(await get(`${ONE}/tasks?outcome=refused`))).toEqual([refused]);
    expect(await dataOf(await get(`${ONE}/tasks?outcome=open`))).toEqual([]);
  });

  it('comes in pages', async () => {
    const first = await get(`${ONE}/tasks?outcome=open&limit=1`);
    expect(await dataOf(first)).toMatchObject([{ task_id: 3 }]);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] as string;
    const second = await get(next);
    expect(await dataOf(second)).toMatchObject([{ task_id: 1 }]);
    expect(second.headers.get('link')).toBeNull();
  });

  it.each([
    ['outcome=done', /^outcome must be one of cancelled, refused, open/],
    ['limit=0', /^limit must be an int from 1 to 1000/],
    ['cursor=abc', /^cursor must be one that a Link header/],
    ['cursor=', /^cursor must be/],
  ])('refuses %s', async (query, message) => {
    const response = await get(`${ONE}/tasks?${query}`);
    expect(response.status).toBe(400);
    expect(await messageOf(response)).toMatch(message);
  });
});

describe('POST /api/v1/cancellations/{id}/abort', () => {
  it('ends a preview for good, and is answered the same again', async () => {
    await preview({ project_id: 1 });
    const aborted = await post(`${ONE}/abort`);
    expect(aborted.status).toBe(200);
    const data = await dataOf(aborted);
    expect(data).toMatchObject({
      state: 'aborted',
      counts: { cancelled: 0, refused: 0, open: 2 },
      aborted_at: '1970-01-01T00:16:40.000Z',
    });
    expect(await dataOf(await post(`${ONE}/abort`))).toEqual(data);
    const executed = await post(`${ONE}/execute`);
    expect([executed.status, executed.headers.get('taskledger-reason')]).toEqual([
      409,
      'cancellation_aborted',
    ]);
  });

  it('says which there is not, and which is finished', async () => {
    expect((await post(`${ONE}/abort`)).status).toBe(404);
    await preview({ project_id: 1 });
    await post(`${ONE}/execute`);
    await side.finish();
    const aborted = await post(`${ONE}/abort`);
    expect([aborted.status, aborted.headers.get('taskledger-reason')]).toEqual([
      409,
      'cancellation_finished',
    ]);
  });
});

describe('GET /api/v1/cancellations', () => {
  const idsOf = (data: { id: string }[]): number[] => data.map(({ id }) => Number(id.slice(-12)));

  it('shows each as by itself but without tasks, newest first and page by page', async () => {
    for (const number of [1, 2, 3, 4, 5]) await side.preview([1], { id: bulkCancelId(number) });
    await side.start({ id: bulkCancelId(4) });
    const first = await get(`${PATH}?limit=2`);
    const link = first.headers.get('link') ?? '';
    const data = await dataOf(first);
    expect(idsOf(data)).toEqual([5, 4]);
    const { tasks: _, ...alone } = await dataOf(await get(`${PATH}/${bulkCancelId(4)}`));
    expect(data[1]).toEqual(alone);
    const second = await get(/<([^>]+)>; rel="next"/.exec(link)?.[1] ?? '');
    expect(idsOf(await dataOf(second))).toEqual([3, 2]);
    const third = await get(/<([^>]+)>; rel="next"/.exec(second.headers.get('link') ?? '')?.[1] ?? '');
    expect(idsOf(await dataOf(third))).toEqual([1]);
    expect(third.headers.get('link')).toBeNull();
  });

  it('leaves out what can not be read, and what came to nothing', async () => {
    expect(await dataOf(await get(PATH))).toEqual([]);
    for (const number of [1, 2]) await side.preview([1], { id: bulkCancelId(number) });
    store.beforeAppend = ({ stream }) => {
      if (stream.startsWith('bulkCancel-')) throw new UnavailableError('killed');
    };
    await expect(side.preview([1], { id: bulkCancelId(3) })).rejects.toThrow('killed');
    store.beforeAppend = () => undefined;
    store.stream(`bulkCancel-${bulkCancelId(2)}`).forEach((event) => (event.type = 'BulkCancelPaused'));
    expect(idsOf(await dataOf(await get(PATH)))).toEqual([1]);
  });

  it.each([
    ['limit=101', 'limit must be an int from 1 to 100'],
    ['cursor=x', 'cursor must be one that a Link header of this list has given'],
  ])('refuses %s', async (query, message) => {
    expect(await messageOf(await get(`${PATH}?${query}`))).toBe(message);
  });
});

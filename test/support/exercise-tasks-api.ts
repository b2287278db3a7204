import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const LIST_FIELDS = ['id', 'project_id', 'task_type', 'status', 'progress', 'total', 'created_at'];
const DETAIL_FIELDS = [
  ...['id', 'project_id', 'task_type', 'status', 'progress', 'total', 'params', 'result', 'error_message'],
  ...['created_at', 'started_at', 'completed_at'],
];
const TYPES = ['search', 'dedup', 'crawl', 'ocr', 'index', 'keyword_expand'];
const STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'];

interface Envelope {
  code: number;
  message: string;
  data: any;
}

/** A started Taskledger: one process, or many. */
export interface ServedApi {
  url: string;
  stop(): Promise<void>;
}

/** Tests each sentence of the Tasks API's contract over HTTP against what is started. The titles are its sentences. */
export function exerciseTasksApi(start: () => Promise<ServedApi>): void {
  let server: ServedApi;
  beforeAll(async () => {
    server = await start();
  }, 60_000);
  afterAll(() => server.stop(), 60_000);

  async function get(
    path: string,
  ): Promise<Envelope & { text: string; status: number; link: string | undefined }> {
    const response = await fetch(`${server.url}${path}`);
    const text = await response.text();
    const link = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    return { ...(JSON.parse(text) as Envelope), text, status: response.status, link };
  }

  async function cancel(
    id: number | string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string }> {
    const response = await fetch(`${server.url}/api/v1/tasks/${id}/cancel`, { method: 'POST', headers });
    return { status: response.status, text: await response.text() };
  }

  let events = 0;

  /** Sends one lifecycle event; answers the task's id. Its time is what a publisher said. */
  async function publish(
    type: string,
    subject: string | number | undefined,
    data: object,
    time?: string,
  ): Promise<number> {
    const event = {
      specversion: '1.0',
      id: `contract-${++events}`,
      source: '/test/contract',
      type: `task.${type}`,
      subject: subject?.toString(),
      time,
      data,
    };
    const response = await fetch(`${server.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/cloudevents+json' },
      body: JSON.stringify(event),
    });
    const { code, data: outcomes } = (await response.json()) as Envelope;
    expect({ code, outcomes }).toMatchObject({ code: 200, outcomes: [{ outcome: 'accepted' }] });
    return outcomes[0].task_id;
  }

  let projects = 100;

  /** A project that no other test has tasks in. */
  const newProject = (): number => ++projects;

  interface Story {
    project?: number;
    type?: string;
    status?: string;
    createdAt?: string;
  }

  /** Creates a task and brings it to a status, and waits until the list shows it there. */
  async function task({
    project = newProject(),
    type = 'search',
    status = 'pending',
    createdAt,
  }: Story = {}): Promise<number> {
    const params = { query: 'machine learning', sources: ['semantic_scholar'] };
    const id = await publish(
      'created',
      undefined,
      { project_id: project, task_type: type, total: 100, params },
      createdAt,
    );
    if (['running', 'completed', 'failed'].includes(status)) await publish('started', id, {});
    if (status === 'running') await publish('progressed', id, { progress: 30 });
    if (status === 'completed')
      await publish('completed', id, { result: { papers_found: 15, imported: 10 } });
    if (status === 'failed') await publish('failed', id, { error_message: 'The index is full' });
    if (status === 'cancelled') await cancel(id);
    await shown(id, project, status);
    return id;
  }

  /**
   * Asks until the list shows a task with a status: what is published is durable at once and shows soon, in the order of
   * the ledger. (A detail would be fetched from the ledger, ahead of what was published before.)
   */
  async function shown(id: number, project: number, status: string): Promise<void> {
    for (let asked = 0; asked < 2000; asked++) {
      const { data } = await get(`/api/v1/tasks?project_id=${project}&limit=1000`);
      const item = (data as { id: number; status: string; progress: number }[]).find((one) => one.id === id);
      if (item?.status === status && (status !== 'running' || item.progress === 30)) return;
    }
    throw new Error(`Task ${id} did not become ${status}`);
  }

  const idsOf = ({ data }: Envelope): number[] => (data as { id: number }[]).map(({ id }) => id);

  describe('given', () => {
    it('Base path /api/v1/tasks', async () => {
      expect((await get('/api/v1/tasks')).status).toBe(200);
      expect((await get('/tasks')).status).toBe(404);
    });

    it('The API manages background processing jobs: search, dedup, crawl, OCR, index and keyword expansion', async () => {
      const project = newProject();
      const ids: number[] = [];
      for (const type of TYPES) ids.push(await task({ project, type }));
      const { data } = await get(`/api/v1/tasks?project_id=${project}`);
      expect((data as { task_type: string }[]).map(({ task_type }) => task_type).sort()).toEqual(
        [...TYPES].sort(),
      );
      expect(ids).toHaveLength(6);
    });

    it('Tasks are created by pipelines and other services; the API lists them, shows one, cancels one', async () => {
      const project = newProject();
      const id = await task({ project });
      expect(idsOf(await get(`/api/v1/tasks?project_id=${project}`))).toEqual([id]);
      expect((await get(`/api/v1/tasks/${id}`)).data).toMatchObject({ id, status: 'pending' });
      expect((await cancel(id)).status).toBe(200);
    });

    it('GET /api/v1/tasks: list tasks, ordered by created_at descending', async () => {
      const project = newProject();
      const times = ['2024-05-01T10:00:00Z', '2024-05-03T10:00:00Z', '2024-05-02T10:00:00Z'];
      const ids: number[] = [];
      for (const createdAt of times) ids.push(await task({ project, createdAt }));
      const list = await get(`/api/v1/tasks?project_id=${project}`);
      expect(idsOf(list)).toEqual([ids[1], ids[2], ids[0]]);
    });

    it('GET /api/v1/tasks/{id}: one task with params, result and error message', async () => {
      const completed = await get(`/api/v1/tasks/${await task({ status: 'completed' })}`);
      expect(completed.data).toMatchObject({
        params: { query: 'machine learning', sources: ['semantic_scholar'] },
        result: { papers_found: 15, imported: 10 },
        error_message: '',
      });
      const failed = await get(`/api/v1/tasks/${await task({ status: 'failed' })}`);
      expect(failed.data).toMatchObject({ result: {}, error_message: 'The index is full' });
    });

    it.each(['pending', 'running'])(
      'POST /api/v1/tasks/{id}/cancel: cancel a pending or running task (%s)',
      async (status) => {
        const id = await task({ status });
        expect((await cancel(id)).status).toBe(200);
        expect((await get(`/api/v1/tasks/${id}`)).data).toMatchObject({ status: 'cancelled' });
      },
    );

    describe('List query parameters, all optional', () => {
      it('project_id (int)', async () => {
        const [one, other] = [newProject(), newProject()];
        const [a, b] = [await task({ project: one }), await task({ project: other })];
        expect(idsOf(await get(`/api/v1/tasks?project_id=${one}`))).toEqual([a]);
        expect(
          idsOf(await get('/api/v1/tasks'))
            .slice(0, 2)
            .sort(),
        ).toEqual([a, b].sort());
      });

      it.each(STATUSES)('status (%s)', async (status) => {
        const project = newProject();
        const ids = new Map<string, number>();
        for (const each of STATUSES) ids.set(each, await task({ project, status: each }));
        expect(idsOf(await get(`/api/v1/tasks?project_id=${project}&status=${status}`))).toEqual([
          ids.get(status),
        ]);
        for (const item of (await get(`/api/v1/tasks?status=${status}`)).data)
          expect(item).toMatchObject({ status });
      });

      it('limit (int, default 50)', async () => {
        const project = newProject();
        const batch = Array.from({ length: 60 }, (_, index) => ({
          specversion: '1.0',
          id: `limit-${index}`,
          source: '/test/contract',
          type: 'task.created',
          data: { project_id: project, task_type: 'ocr' },
        }));
        await fetch(`${server.url}/api/v1/events`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/cloudevents-batch+json' },
          body: JSON.stringify(batch),
        });
        await task({ project });
        expect((await get(`/api/v1/tasks?project_id=${project}`)).data).toHaveLength(50);
        expect((await get(`/api/v1/tasks?project_id=${project}&limit=7`)).data).toHaveLength(7);
        expect((await get(`/api/v1/tasks?project_id=${project}&limit=1000`)).data).toHaveLength(61);
      });
    });

    it('Every answer is an envelope {"code": 200, "message": "success", "data": …}', async () => {
      const id = await task();
      for (const path of [
        '/api/v1/tasks',
        `/api/v1/tasks/${id}`,
        '/api/v1/tasks?limit=x',
        '/api/v1/tasks/999999',
        '/nowhere',
      ]) {
        const { text, status } = await get(path);
        const envelope = JSON.parse(text) as Envelope;
        expect(Object.keys(envelope)).toEqual(['code', 'message', 'data']);
        expect(text).toMatch(/^\{"code":\d{3},"message":"[^"]+","data":.+\}$/);
        if (status === 200) expect(envelope).toMatchObject({ code: 200, message: 'success' });
      }
    });

    it('the fields of a list item and of a detail, with their types', async () => {
      const project = newProject();
      const id = await task({ project, status: 'running' });
      const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
      const item = {
        id,
        project_id: project,
        task_type: 'search',
        status: 'running',
        progress: 30,
        total: 100,
        created_at: time,
      };
      expect((await get(`/api/v1/tasks?project_id=${project}`)).data).toEqual([item]);
      expect((await get(`/api/v1/tasks/${id}`)).data).toEqual({
        ...item,
        params: { query: 'machine learning', sources: ['semantic_scholar'] },
        result: {},
        error_message: '',
        started_at: time,
        completed_at: null,
      });
    });

    it('the example of a list, byte for byte', async () => {
      const project = newProject();
      const id = await task({ project, status: 'running', createdAt: '2025-03-12T10:00:00.4Z' });
      expect((await get(`/api/v1/tasks?project_id=${project}&status=running&limit=20`)).text).toBe(
        `{"code":200,"message":"success","data":[{"id":${id},"project_id":${project},"task_type":"search","status":"running",` +
          `"progress":30,"total":100,"created_at":"2025-03-12T10:00:00"}]}`,
      );
    });

    it('the example of a detail, byte for byte', async () => {
      const project = newProject();
      const params = { query: 'machine learning', sources: ['semantic_scholar'] };
      const created = { project_id: project, task_type: 'search', total: 100, params };
      const id = await publish('created', undefined, created, '2025-03-12T10:00:00Z');
      await publish('started', id, {}, '2025-03-12T10:00:01Z');
      await publish('completed', id, { result: { papers_found: 15, imported: 10 } }, '2025-03-12T10:02:30Z');
      await shown(id, project, 'completed');
      expect((await get(`/api/v1/tasks/${id}`)).text).toBe(
        `{"code":200,"message":"success","data":{"id":${id},"project_id":${project},"task_type":"search","status":"completed",` +
          `"progress":100,"total":100,"params":{"query":"machine learning","sources":["semantic_scholar"]},` +
          `"result":{"papers_found":15,"imported":10},"error_message":"","created_at":"2025-03-12T10:00:00",` +
          `"started_at":"2025-03-12T10:00:01","completed_at":"2025-03-12T10:02:30"}}`,
      );
    });

    it('the example of a cancel, byte for byte', async () => {
      expect(await cancel(await task())).toEqual({
        status: 200,
        text: '{"code":200,"message":"Task cancelled","data":null}',
      });
    });

    it.each(['completed', 'failed', 'cancelled'])('400: cannot cancel task (already %s)', async (status) => {
      expect((await cancel(await task({ status }))).status).toBe(400);
    });

    it('404: task not found', async () => {
      expect((await get('/api/v1/tasks/999999')).status).toBe(404);
      expect((await cancel(999999)).status).toBe(404);
    });
  });

  describe('settled', () => {
    it("The HTTP status equals the envelope's code", async () => {
      for (const path of [
        '/api/v1/tasks',
        '/api/v1/tasks/999999',
        '/api/v1/tasks/x',
        '/api/v1/tasks/1/cancel',
        '/nowhere',
      ]) {
        const { status, code } = await get(path);
        expect(code).toBe(status);
      }
    });

    it('On an error data is null and message says in one sentence what is wrong and, for a parameter, which one and what is allowed', async () => {
      expect(await get('/api/v1/tasks?limit=5000')).toMatchObject({
        code: 400,
        message: 'limit must be an int from 1 to 1000',
        data: null,
      });
      expect(await get('/api/v1/tasks?status=done')).toMatchObject({
        message: 'status must be one or more of pending, running, completed, failed, cancelled',
        data: null,
      });
      expect(await get('/api/v1/tasks?project_id=x')).toMatchObject({
        message: 'project_id must be an int',
        data: null,
      });
      expect(await get('/api/v1/tasks/0')).toMatchObject({
        message: 'id must be a positive int',
        data: null,
      });
    });

    it.each(['completed', 'failed', 'cancelled'])(
      'Cancel refused: 400, message Cannot cancel task (already %s)',
      async (status) => {
        expect(await cancel(await task({ status }))).toEqual({
          status: 400,
          text: `{"code":400,"message":"Cannot cancel task (already ${status})","data":null}`,
        });
      },
    );

    it('Unknown task: 404 Task not found', async () => {
      const unknown = '{"code":404,"message":"Task not found","data":null}';
      expect((await get('/api/v1/tasks/999999')).text).toBe(unknown);
      expect((await cancel(999999)).text).toBe(unknown);
    });

    it.each(['0', '-1', 'abc', '1.5', '9007199254740993', '99999999999999999999'])(
      'An id that is not a positive int: 400 (%s)',
      async (id) => {
        expect((await get(`/api/v1/tasks/${id}`)).status).toBe(400);
        expect((await cancel(id)).status).toBe(400);
      },
    );

    it.each([
      'status=done',
      'project_id=x',
      'project_id=1.5',
      'limit=x',
      'limit=1.5',
      'status=',
      'project_id=',
      'limit=',
    ])('an unknown status, a project_id or limit that is not an int: 400 (%s)', async (query) => {
      expect((await get(`/api/v1/tasks?${query}`)).status).toBe(400);
    });

    it('limit runs from 1 to 1000', async () => {
      for (const limit of [1, 1000]) expect((await get(`/api/v1/tasks?limit=${limit}`)).status).toBe(200);
      for (const limit of [0, -1, 1001]) expect((await get(`/api/v1/tasks?limit=${limit}`)).status).toBe(400);
    });

    it('An unknown query parameter is ignored', async () => {
      const project = newProject();
      const id = await task({ project });
      expect(idsOf(await get(`/api/v1/tasks?project_id=${project}&colour=blue&page=7`))).toEqual([id]);
    });

    it('A list item has exactly the list fields and a detail exactly the detail fields, in the order above', async () => {
      for (const status of STATUSES) {
        const project = newProject();
        const id = await task({ project, status });
        expect(Object.keys((await get(`/api/v1/tasks?project_id=${project}`)).data[0])).toEqual(LIST_FIELDS);
        expect(Object.keys((await get(`/api/v1/tasks/${id}`)).data)).toEqual(DETAIL_FIELDS);
      }
    });

    it('What we add (history, tags, keys …) goes into further resources or is asked for by a parameter', async () => {
      const project = newProject();
      const data = { project_id: project, task_type: 'crawl' };
      const id = await publish('created', `crawl/${project}`, data);
      await shown(id, project, 'pending');
      expect(Object.keys((await get(`/api/v1/tasks/${id}`)).data)).toEqual(DETAIL_FIELDS);
      const { data: history } = await get(`/api/v1/tasks/${id}/history`);
      expect(history).toMatchObject({
        task_id: id,
        events: [{ type: 'TaskCreated', data: { key: `crawl/${project}` } }],
      });
    });

    it('Times in these three endpoints are UTC, without offset and fraction', async () => {
      const project = newProject();
      const data = { project_id: project, task_type: 'crawl' };
      const id = await publish('created', undefined, data, '2025-03-12T12:00:00.999+02:00');
      await publish('started', id, {}, '2025-03-12T12:00:01.5+02:00');
      await publish('failed', id, { error_message: 'No' }, '2025-03-12T05:02:30.25-05:00');
      await shown(id, project, 'failed');
      expect((await get(`/api/v1/tasks/${id}`)).data).toMatchObject({
        created_at: '2025-03-12T10:00:00',
        started_at: '2025-03-12T10:00:01',
        completed_at: '2025-03-12T10:02:30',
      });
    });

    it('Everywhere else times are RFC 3339 with Z and milliseconds', async () => {
      const id = await task({ createdAt: '2025-03-12T12:00:00+02:00' });
      const { data } = await get(`/api/v1/tasks/${id}/history`);
      expect(data.events[0]).toMatchObject({
        occurred_at: '2025-03-12T10:00:00.000Z',
        recorded_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        after: { created_at: '2025-03-12T10:00:00.000Z' },
      });
    });

    it('While there is none, result is {}, error_message is "", started_at and completed_at are null', async () => {
      expect((await get(`/api/v1/tasks/${await task()}`)).text).toContain(
        '"result":{},"error_message":"","created_at":',
      );
      expect((await get(`/api/v1/tasks/${await task()}`)).text).toContain(
        '"started_at":null,"completed_at":null}}',
      );
    });

    it.each(['completed', 'failed', 'cancelled'])(
      'completed_at is set when a task reaches any final state (%s)',
      async (status) => {
        const { data } = await get(`/api/v1/tasks/${await task({ status })}`);
        expect(data.completed_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
      },
    );

    it('Ties on created_at, as shown, are broken by id descending, so that a list is stable', async () => {
      const project = newProject();
      const times = ['2025-03-12T10:00:00.900Z', '2025-03-12T10:00:00.100Z', '2025-03-12T10:00:00.500Z'];
      const ids: number[] = [];
      for (const createdAt of times) ids.push(await task({ project, createdAt }));
      expect(idsOf(await get(`/api/v1/tasks?project_id=${project}`))).toEqual([...ids].sort((a, b) => b - a));
    });

    it('Following pages: Link: <…?cursor=…>; rel="next" (RFC 8288), so that data stays a plain list', async () => {
      const project = newProject();
      const ids: number[] = [];
      for (let index = 0; index < 5; index++)
        ids.unshift(await task({ project, createdAt: '2025-03-12T10:00:00Z' }));
      const pages: number[][] = [];
      let path: string | undefined = `/api/v1/tasks?project_id=${project}&status=pending&limit=2`;
      while (path !== undefined) {
        const page = await get(path);
        pages.push(idsOf(page));
        path = page.link;
        if (path !== undefined)
          expect(path).toMatch(/\?project_id=\d+&status=pending&limit=2&cursor=[\w-]+$/);
      }
      expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
    });

    it('A cancel that answered 200 is visible in the very next GET', async () => {
      const project = newProject();
      for (let round = 0; round < 20; round++) {
        const id = await task({ project });
        expect((await cancel(id)).status).toBe(200);
        expect((await get(`/api/v1/tasks?project_id=${project}&limit=1`)).data).toMatchObject([
          { id, status: 'cancelled' },
        ]);
        expect((await get(`/api/v1/tasks/${id}`)).data).toMatchObject({ status: 'cancelled' });
      }
    });

    it('A task whose creation is published late, with an earlier created_at, takes its place in the order; a reader who is already past that place with a cursor does not see it', async () => {
      const project = newProject();
      const at = (hour: number): string => `2025-03-12T${hour}:00:00Z`;
      const [ten, twelve, fourteen] = [
        await task({ project, createdAt: at(10) }),
        await task({ project, createdAt: at(12) }),
        await task({ project, createdAt: at(14) }),
      ];
      const first = await get(`/api/v1/tasks?project_id=${project}&limit=2`);
      expect(idsOf(first)).toEqual([fourteen, twelve]);
      const [eleven, thirteen] = [
        await task({ project, createdAt: at(11) }),
        await task({ project, createdAt: at(13) }),
      ];
      expect(idsOf(await get(`/api/v1/tasks?project_id=${project}`))).toEqual([
        fourteen,
        thirteen,
        twelve,
        eleven,
        ten,
      ]);
      expect(idsOf(await get(first.link ?? ''))).toEqual([eleven, ten]);
    });
  });
}

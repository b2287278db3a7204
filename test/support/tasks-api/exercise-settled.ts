import { describe, expect, it } from '@jest/globals';
import { DETAIL_FIELDS, LIST_FIELDS, STATUSES } from './contract-names.js';
import type { TasksApi } from './tasks-api.js';

/** The part of the contract that fills in what the given one left open. */
export function exerciseSettled(api: TasksApi): void {
  const { get, cancel, publish, newProject, task, shown, idsOf } = api;

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
        message:
          'status must be one or more of pending, running, completed, failed, cancelled (with ! before it: all but this one)',
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

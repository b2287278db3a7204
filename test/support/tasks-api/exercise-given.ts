import { describe, expect, it } from '@jest/globals';
import { STATUSES, TYPES } from './contract-names.js';
import type { Envelope, TasksApi } from './tasks-api.js';

/** The part of the contract that was handed down. */
export function exerciseGiven(api: TasksApi): void {
  const { url, get, cancel, publish, newProject, task, shown, idsOf } = api;

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
        await fetch(`${url()}/api/v1/events`, {
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
}

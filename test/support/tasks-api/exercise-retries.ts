import { describe, expect, it } from '@jest/globals';
import { DETAIL_FIELDS } from './contract-names.js';
import type { TasksApi } from './tasks-api.js';

/** A task of a queue that tries again, as the contract's endpoints show it. */
export function exerciseRetries(api: TasksApi): void {
  const { get, cancel, publish, newProject, shown, idsOf } = api;

  describe('a task that is tried again', () => {
    it('is pending between two attempts, and ends with its last one', async () => {
      const project = newProject();
      const task = { project_id: project, task_type: 'ocr', total: 100, labels: { team: 'b' } };
      const key = `bullmq:ocr:${project}`;
      const id = await publish('started', key, { attempt: 1, worker: 'w-1', task });
      await publish('attempt_failed', key, { attempt: 1, error_message: 'no answer', error_type: 'Timeout' });
      await shown(id, project, 'pending');
      const { data: waiting } = await get(`/api/v1/tasks/${id}`);
      expect(Object.keys(waiting)).toEqual(DETAIL_FIELDS);
      expect(waiting).toMatchObject({ error_message: '', completed_at: null });
      const inState = async (status: string): Promise<number[]> =>
        idsOf(await get(`/api/v1/tasks?project_id=${project}&status=${status}`));
      expect([await inState('pending'), await inState('running')]).toEqual([[id], []]);

      await publish('started', key, { attempt: 2, task });
      await publish('progressed', key, { progress: 30, message: 'page 3', level: 'info' });
      await shown(id, project, 'running');
      expect([await inState('pending'), await inState('running')]).toEqual([[], [id]]);
      await publish('failed', key, { attempt: 2, error_message: 'no answer', error_type: 'Timeout' });
      await shown(id, project, 'failed');
      expect((await get(`/api/v1/tasks/${id}`)).data).toMatchObject({
        error_message: 'no answer',
        completed_at: expect.any(String),
      });
      expect([await inState('running'), await inState('failed')]).toEqual([[], [id]]);
    });

    it('can be cancelled between two attempts', async () => {
      const project = newProject();
      const task = { project_id: project, task_type: 'ocr' };
      const id = await publish('attempt_failed', `bullmq:ocr:${project}`, { error_message: 'x', task });
      await shown(id, project, 'pending');
      expect((await cancel(id)).status).toBe(200);
      expect((await get(`/api/v1/tasks/${id}`)).data).toMatchObject({ status: 'cancelled' });
    });
  });
}

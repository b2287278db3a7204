import { beforeAll, describe, expect, it } from '@jest/globals';
import type { TasksApi } from './tasks-api.js';

/** What goes beyond the contract: lists, counts and details as they were at a moment, and the difference of two moments. */
export function exerciseAsOf({ get, idsOf, newProject, publish, task }: TasksApi): void {
  describe('as of a moment', () => {
    const project = newProject();
    /** Two tasks: the first one fails after its start, the second one is created in between. */
    let [failed, pending] = [0, 0];
    let positions: string[];
    let recordedAt: string[];
    const listed = async (moment: string, query = ''): Promise<number[]> =>
      idsOf(await get(`/api/v1/tasks?project_id=${project}&as_of=${encodeURIComponent(moment)}${query}`));

    beforeAll(async () => {
      failed = await publish('created', undefined, { project_id: project, task_type: 'ocr' });
      await publish('started', failed, { worker: 'host-7' });
      pending = await task({ project, type: 'ocr' });
      await publish('failed', failed, { error_message: 'The disk is full' });
      const { data } = await get(`/api/v1/tasks/${failed}/history`);
      positions = data.events.map(({ position }: { position: string }) => position);
      recordedAt = data.events.map(({ recorded_at }: { recorded_at: string }) => recorded_at);
    }, 60_000);

    it('lists and counts are as they were, with all filters', async () => {
      const [created = '', started = '', ended = ''] = positions;
      expect(await listed(created)).toEqual([failed]);
      expect(await listed(created, '&status=pending')).toEqual([failed]);
      expect(await listed(started, '&status=pending')).toEqual([]);
      expect(await listed(started, '&status=running&worker=host-7')).toEqual([failed]);
      expect(await listed(ended)).toEqual([pending, failed]);
      expect(await listed(ended, '&status=failed&order=-ended')).toEqual([failed]);
      expect(await listed(ended, '&q=error:full')).toEqual([failed]);
      expect(await listed(started, '&q=error:full')).toEqual([]);
      const count = await get(`/api/v1/tasks/count?project_id=${project}&status=running&as_of=${started}`);
      expect(count.data).toEqual({ count: 1, exact: true });
    });

    it('go by the time at which something was recorded, too', async () => {
      expect(await listed(recordedAt[2] as string, '&status=failed')).toEqual([failed]);
      expect(await listed(new Date(Date.parse(recordedAt[0] as string) - 1).toISOString())).toEqual([]);
    });

    it('pages belong together', async () => {
      const first = await get(`/api/v1/tasks?project_id=${project}&limit=1&as_of=${positions[2]}`);
      expect(idsOf(first)).toEqual([pending]);
      expect(first.link).toContain(`as_of=${positions[2]}`);
      expect(idsOf(await get(first.link as string))).toEqual([failed]);
    });

    it('a task is shown as it was', async () => {
      const at = async (moment = '') => get(`/api/v1/tasks/${failed}?as_of=${moment}&include=worker`);
      expect((await at(positions[0])).data).toMatchObject({
        status: 'pending',
        worker: null,
        error_message: '',
      });
      expect((await at(positions[1])).data).toMatchObject({ status: 'running', worker: 'host-7' });
      expect((await at(positions[2])).data).toMatchObject({ error_message: 'The disk is full' });
      expect((await get(`/api/v1/tasks/${pending}?as_of=${positions[1]}`)).status).toBe(404);
    });

    it('two moments differ by what appeared, ended and changed', async () => {
      const [created, started, ended] = positions;
      const path = `/api/v1/tasks/diff?project_id=${project}&from=${created}&to=`;
      expect((await get(`${path}${started}`)).data).toEqual([
        {
          ...{ id: failed, difference: 'changed' },
          ...{
            from: expect.objectContaining({ status: 'pending' }),
            to: expect.objectContaining({ status: 'running' }),
          },
        },
      ]);
      const { data } = await get(`${path}${ended}`);
      const told = data.map(({ id, difference }: { id: number; difference: string }) => [id, difference]);
      expect(told).toEqual([
        [failed, 'ended'],
        [pending, 'appeared'],
      ]);
    });

    it('what has not come yet, and what is no moment: 400 that says so', async () => {
      expect(await get('/api/v1/tasks?as_of=2999-01-01T00:00:00Z')).toMatchObject({
        ...{ status: 400, message: 'as_of must not be in the future' },
      });
      expect(await get('/api/v1/tasks?as_of=yesterday')).toMatchObject({ status: 400 });
      expect(await get(`/api/v1/tasks/stats?as_of=${positions[0]}`)).toMatchObject({ status: 400 });
    });
  });
}

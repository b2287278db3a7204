import { describe, expect, it } from '@jest/globals';
import type { Envelope, TasksApi } from './tasks-api.js';

/** What goes beyond the contract: with which errors tasks failed. */
export function exerciseErrors({ get, newProject, publish }: TasksApi): void {
  describe('errors', () => {
    /** Asks until so many failures of a project are counted. */
    async function counted(project: number, failures: number): Promise<Envelope> {
      for (let asked = 0; asked < 2000; asked++) {
        const found = await get(`/api/v1/errors?project_id=${project}&times=rfc3339`);
        if (found.status === 200 && found.data.count + found.data.attempts === failures) return found;
      }
      throw new Error(`The failures of project ${project} were not counted`);
    }

    it('are told by what they have in common, how often each was seen, when, and where last', async () => {
      const project_id = newProject();
      const ids: number[] = [];
      for (const page of [7, 12]) {
        const id = await publish('created', undefined, { project_id, task_type: 'ocr' });
        await publish('attempt_failed', id, { error_message: 'no answer after 3 s', error_type: 'Timeout' });
        await publish('failed', id, { error_message: `page ${page} is blank\nat line ${page}` });
        ids.push(id);
      }
      const { data } = await counted(project_id, 4);
      expect(data).toMatchObject({ count: 2, attempts: 2, keys: 2 });
      const by = (seen: object) => ({
        by_project: [{ project_id, ...seen }],
        by_type: [{ task_type: 'ocr', ...seen }],
      });
      const [blank, timeout] = data.errors;
      expect(blank).toEqual({
        ...{ error_key: expect.stringMatching(/^[0-9a-f]{16}$/), error_type: null, text: 'page 12 is blank' },
        ...{ count: 2, attempts: 0, first_seen: expect.any(String), last_seen: expect.any(String) },
        ...{ task_id: ids[1], ...by({ count: 2, attempts: 0 }) },
      });
      expect(timeout).toMatchObject({
        error_type: 'Timeout',
        count: 0,
        attempts: 2,
        ...by({ count: 0, attempts: 2 }),
      });
      // First and last are those of the first and the last of the tasks that failed.
      const ends = await Promise.all(
        ids.map(async (id) => (await get(`/api/v1/tasks/${id}?times=rfc3339`)).data.completed_at as string),
      );
      expect([blank.first_seen, blank.last_seen]).toEqual(ends);

      const one = await get(`/api/v1/errors?project_id=${project_id}&error_key=${timeout.error_key}`);
      expect(one.data.errors.map(({ text }: { text: string }) => text)).toEqual(['no answer after 3 s']);
      const everywhere = await get(`/api/v1/errors?error_key=${blank.error_key}&limit=1`);
      expect(everywhere.data.errors[0].by_project).toContainEqual({ project_id, count: 2, attempts: 0 });
      expect((await get(`/api/v1/errors?project_id=${newProject()}`)).data.errors).toEqual([]);
    });

    it('other keys, and other filters than are taken: 400 that says so', async () => {
      expect(await get('/api/v1/errors?error_key=x')).toMatchObject({
        ...{ status: 400, message: 'error_key must be 16 hex digits in lower case, or other' },
      });
      expect(await get('/api/v1/errors?status=failed')).toMatchObject({ status: 400 });
    });
  });
}

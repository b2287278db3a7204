import { describe, expect, it } from '@jest/globals';
import { EventStream } from '../event-stream.js';
import type { TasksApi } from './tasks-api.js';

/** What goes beyond the contract: projects by name, registered by hand or by the first creation that names one. */
export function exerciseProjects({ get, idsOf, publish, shown, url }: TasksApi): void {
  describe('projects', () => {
    const register = async (body: object): Promise<{ code: number; data: any }> => {
      const response = await fetch(`${url()}/api/v1/projects`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      return (await response.json()) as { code: number; data: any };
    };

    it('a creation that names a project registers it, and it can be asked for by its name', async () => {
      const [name, query] = ['Größe & more', `project=${encodeURIComponent('Größe & more')}`];
      const id = await publish('created', undefined, { project: name, task_type: 'ocr' });
      const { data: projects } = await get('/api/v1/projects');
      const { project_id } = projects.find((project: { name: string }) => project.name === name);
      await shown(id, project_id, 'pending');
      expect(idsOf(await get(`/api/v1/tasks?${query}`))).toEqual([id]);
      expect((await get(`/api/v1/tasks/${id}`)).data.project_id).toBe(project_id);
      expect((await get(`/api/v1/tasks/stats?${query}`)).status).toBe(200);

      const followed = await EventStream.open(`${url()}/api/v1/tasks/stream?${query}&after=0`);
      expect((await followed.next())?.data).toMatchObject({ id, project_id, status: 'pending' });
      followed.cut();
    });

    it('one that is registered has its id at once, everywhere, and for good', async () => {
      expect(await register({ name: 'papers', project_id: 4711 })).toMatchObject({ code: 201 });
      expect(await register({ name: 'papers' })).toMatchObject({
        ...{ code: 200, data: { project_id: 4711, name: 'papers' } },
      });
      expect((await register({ name: 'papers', project_id: 4712 })).code).toBe(409);
      expect((await register({ name: 'other', project_id: 4711 })).code).toBe(409);
      const named = await publish('created', undefined, { project: 'papers', task_type: 'ocr' });
      const numbered = await publish('created', undefined, { project_id: 4711, task_type: 'ocr' });
      await shown(named, 4711, 'pending');
      await shown(numbered, 4711, 'pending');
      expect(idsOf(await get('/api/v1/tasks?project=papers'))).toEqual([numbered, named]);
    });

    it('a name that there is not: 400 that says so', async () => {
      expect(await get('/api/v1/tasks?project=nobody')).toMatchObject({
        status: 400,
        message: 'project must be the name of a project that there is; none is named "nobody"',
      });
    });
  });
}

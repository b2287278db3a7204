import { describe, expect, it } from '@jest/globals';
import type { TasksApi } from './tasks-api.js';

/** What a write answers of its place in the ledger, and what a read that waits for it shows. */
export function exercisePositions(api: TasksApi): void {
  const newKey = (): string => `positions/${api.newProject()}`;

  async function send(path: string, body: object, headers: Record<string, string> = {}) {
    const response = await fetch(`${api.url()}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const { data } = (await response.json()) as { data: any };
    return { data, position: response.headers.get('taskledger-position') };
  }

  const event = (type: string, subject: string, data: object) => {
    const id = `${subject} ${type}`;
    return { specversion: '1.0', id, source: '/test/positions', type: `task.${type}`, subject, data };
  };

  describe('positions', () => {
    it('What was sent as events shows at their position in lists, counts, stats, series, errors and histories', async () => {
      const key = newKey();
      const project = api.newProject();
      const events = [
        event('created', key, { project_id: project, task_type: 'search' }),
        event('started', key, {}),
        event('failed', key, { error_message: 'The disk is full', error_type: 'DiskFull' }),
      ];
      const { data: outcomes, position } = await send('/api/v1/events', events);
      expect(outcomes.map((outcome: any) => outcome.outcome)).toEqual(['accepted', 'accepted', 'accepted']);
      expect(outcomes.at(-1).position).toBe(position);
      const read = async (path: string) => (await api.get(`${path}min_position=${position}`)).data;
      const day = 86_400_000;
      const [from, to] = [-day, day].map((ms) => new Date(Date.now() + ms).toISOString());
      const range = `from=${from}&to=${to}`;
      const ofProject = `project_id=${project}`;
      expect(await read(`/api/v1/tasks?${ofProject}&`)).toMatchObject([{ status: 'failed' }]);
      expect(await read(`/api/v1/tasks/count?${ofProject}&status=failed&`)).toMatchObject({ count: 1 });
      expect(await read(`/api/v1/tasks/stats?${ofProject}&`)).toMatchObject({ by_status: { failed: 1 } });
      const series = await read(`/api/v1/tasks/series?by=hour&of=ended&${range}&${ofProject}&`);
      expect(series.total).toBe(1);
      expect((await read(`/api/v1/errors?${range}&${ofProject}&`)).errors).toMatchObject([{ count: 1 }]);
      const id = outcomes[0].task_id as number;
      expect((await read(`/api/v1/tasks/${id}/history?`)).events).toHaveLength(3);
    });

    it('A repeat has a position that shows it, and what was refused has none', async () => {
      const key = newKey();
      const created = event('created', key, { project_id: api.newProject(), task_type: 'search' });
      const first = await send('/api/v1/events', created);
      const again = await send('/api/v1/events', [created, event('paused', key, {})]);
      expect(again.data).toMatchObject([
        { outcome: 'duplicate', position: first.position },
        { outcome: 'rejected', position: null },
      ]);
      expect(again.position).toBe(first.position);
    });

    it('A creation and a cancel say where they are', async () => {
      const project_id = api.newProject();
      const made = await send('/api/v1/tasks', { project_id, task_type: 'search' });
      const cancelled = await send(`/api/v1/tasks/${made.data.id}/cancel`, {});
      expect(made.position).toEqual(expect.any(String));
      expect((cancelled.position as string) > (made.position as string)).toBe(true);
      const list = await api.get(`/api/v1/tasks?project_id=${project_id}&min_position=${cancelled.position}`);
      expect(list.data).toMatchObject([{ id: made.data.id, status: 'cancelled' }]);
    });
  });
}

import { describe, expect, it } from '@jest/globals';
import { stateChange } from '../../../shared/core/application/task-change.js';
import {
  firstSnapshot,
  TASK_STATUSES,
  type TaskSnapshot,
  type TaskStatus,
} from '../../../shared/core/domain/task.js';
import type { ListCursor, TaskChange } from '../../../shared/core/ports/read-model.js';
import type { TaskFilter } from '../../../shared/core/ports/task-filter.js';
import { change, idsOf } from './changes.js';
import type { ReadModelUnderTest } from './harness.js';

/** Which tasks `list` gives, in which order, and where the next page starts. */
export function exerciseLists(test: ReadModelUnderTest): void {
  describe('lists', () => {
    it('gives the newest first, and of one second the greatest id first', async () => {
      const seconds = [
        '2025-03-12T10:00:00',
        '2025-03-12T10:00:01',
        '0001-01-01T00:00:00',
        '9999-12-31T23:59:59',
      ];
      await test.readModel.apply(
        [...seconds, ...seconds].map((createdSecond, at) => change(at + 1, 0, { createdSecond })),
      );
      const { items } = await test.readModel.list({}, 100);
      expect(idsOf(items)).toEqual([8, 4, 6, 2, 5, 1, 7, 3]);
    });

    it('gives a task that is written late its place in the order, unseen by who is past it', async () => {
      const at = (minute: number): Partial<TaskChange> => ({ createdSecond: `2025-03-12T10:0${minute}:00` });
      await test.readModel.apply([change(1, 0, at(1)), change(2, 0, at(5)), change(3, 0, at(9))]);
      const first = await test.readModel.list({}, 2);
      await test.readModel.apply([change(4, 0, at(7)), change(5, 0, at(3))]);
      expect(idsOf((await test.readModel.list({}, 100)).items)).toEqual([3, 4, 2, 5, 1]);
      expect(idsOf((await test.readModel.list({}, 100, first.next)).items)).toEqual([5, 1]);
    });

    it('moves a task from list to list with its status', async () => {
      const shown = async (status: TaskStatus): Promise<number[]> =>
        idsOf(
          (await test.readModel.list({ statuses: [status], projectId: 1, taskTypes: ['search'] }, 10)).items,
        );
      await test.readModel.apply([change(1, 0), change(2, 0)]);
      expect(await shown('pending')).toEqual([2, 1]);
      await test.readModel.apply([change(1, 1, { status: 'running' })]);
      expect([await shown('pending'), await shown('running')]).toEqual([[2], [1]]);
      await test.readModel.apply([change(1, 2, { status: 'cancelled' })]);
      expect([await shown('running'), await shown('cancelled')]).toEqual([[], [1]]);
      expect(idsOf((await test.readModel.list({}, 10)).items)).toEqual([2, 1]);
    });

    it('shows what was written last, also of tasks that were listed before', async () => {
      for (let revision = 0; revision < 5; revision++) {
        const written = [1, 2, 3].map((id) => change(id, revision, { status: 'running' }));
        await test.readModel.apply(written);
        const expected = { items: written.map(({ itemJson }) => itemJson).reverse() };
        expect(await test.readModel.list({}, 10)).toEqual(expected);
        expect(await test.readModel.list({ statuses: ['running'] }, 10)).toEqual(expected);
      }
    });

    it('gives nothing for a project, type or status that no task has', async () => {
      await test.readModel.apply([change(1, 0)]);
      for (const filter of [
        { projectId: 2 },
        { taskTypes: ['ocr'] },
        { statuses: ['failed'] },
      ] as TaskFilter[]) {
        expect(await test.readModel.list(filter, 10)).toEqual({ items: [] });
        expect(await test.readModel.list({ projectId: 1, ...filter }, 10)).toEqual({ items: [] });
      }
      expect(idsOf((await test.readModel.list({ taskTypes: ['ocr', 'search'] }, 10)).items)).toEqual([1]);
    });

    it('takes all statuses for no filter, and a value named twice for one', async () => {
      await test.readModel.apply(TASK_STATUSES.map((status, at) => change(at + 1, 0, { status })));
      const all = await test.readModel.list({}, 10);
      expect(await test.readModel.list({ statuses: TASK_STATUSES }, 10)).toEqual(all);
      const twice = { statuses: ['failed', 'failed'], taskTypes: ['search', 'search'] } as const;
      expect(idsOf((await test.readModel.list(twice, 10)).items)).toEqual([4]);
    });

    it('shows times with milliseconds where that is asked for, of tasks written, changed and read again', async () => {
      const first = { namespace: 'default', at: '2024-02-29T23:59:59.007Z' };
      const written = (taskId: number, revision: number, times: Partial<TaskSnapshot>): TaskChange => {
        const snapshot = firstSnapshot({ project_id: 1, task_type: 'search' }, { ...first, taskId });
        return stateChange({ ...snapshot, status: 'running', ...times }, revision);
      };
      const [late, early] = ['2024-03-01T00:00:00.990Z', '2024-02-29T23:59:58.999Z'];
      const changes = [
        written(1, 0, { started_at: late }),
        written(2, 0, { created_at: '2024-02-29T23:59:59.000Z', started_at: early, completed_at: late }),
      ];
      const shown = async (times?: 'rfc3339'): Promise<unknown[]> => {
        const { items } = await test.readModel.list({}, 10, undefined, ['started_at', 'completed_at'], times);
        return items.map((item) => Object.values(JSON.parse(item) as object).slice(6));
      };
      await test.readModel.apply(changes);
      for (const _ of ['as it was applied', 'as it was stored']) {
        const plain = await test.readModel.list({}, 10);
        expect(await shown('rfc3339')).toEqual([
          ['2024-02-29T23:59:59.000Z', early, late],
          ['2024-02-29T23:59:59.007Z', late, null],
        ]);
        expect(await shown()).toEqual([
          ['2024-02-29T23:59:59', '2024-02-29T23:59:58', '2024-03-01T00:00:00'],
          ['2024-02-29T23:59:59', '2024-03-01T00:00:00', null],
        ]);
        const full = await test.readModel.list({}, 10, undefined, [], 'rfc3339');
        expect(await test.readModel.itemsOf([2, 1], 'rfc3339')).toEqual(full.items);
        expect(full.items.map((item) => item.replace(/\.\d{3}Z/, ''))).toEqual(plain.items);
        expect(await test.readModel.list({}, 10)).toEqual(plain);
        await test.reopen();
      }
    });

    it('names a next page exactly when there is one', async () => {
      await test.readModel.apply([1, 2, 3].map((id) => change(id, 0)));
      expect((await test.readModel.list({}, 3)).next).toBeUndefined();
      expect((await test.readModel.list({}, 4)).next).toBeUndefined();
      const { next } = await test.readModel.list({}, 2);
      expect(next).toEqual({ at: '2025-03-12T10:00:00', taskId: 2 });
      const rest = await test.readModel.list({}, 1, next);
      expect(idsOf(rest.items)).toEqual([1]);
      expect(rest.next).toBeUndefined();
    });

    it('takes a cursor of a task that is not there', async () => {
      await test.readModel.apply([2, 4, 6].map((id) => change(id, 0)));
      const after = (at: string, taskId: number): ListCursor => ({ at, taskId });
      const listed = async (cursor: ListCursor): Promise<number[]> =>
        idsOf((await test.readModel.list({}, 10, cursor)).items);
      expect(await listed(after('2025-03-12T10:00:00', 5))).toEqual([4, 2]);
      expect(await listed(after('2025-03-12T10:00:00', 1))).toEqual([]);
      expect(await listed(after('2025-03-12T10:00:00', Number.MAX_SAFE_INTEGER))).toEqual([6, 4, 2]);
      expect(await listed(after('2025-03-12T10:00:01', 1))).toEqual([6, 4, 2]);
      expect(await listed(after('2025-03-12T09:59:59', 9))).toEqual([]);
    });

    it('gives up to 1000 tasks at once, and refuses other limits', async () => {
      await test.readModel.apply(Array.from({ length: 1001 }, (_, at) => change(at + 1, 0)));
      const page = await test.readModel.list({}, 1000);
      expect(page.items).toHaveLength(1000);
      expect(idsOf((await test.readModel.list({}, 1000, page.next)).items)).toEqual([1]);
      for (const limit of [0, -1, 1001, 1.5, NaN]) {
        await expect(test.readModel.list({}, limit)).rejects.toMatchObject({ code: 'invalid_request' });
      }
    });

    it('shows one state of each task while it is being written', async () => {
      const all = (revision: number, status: TaskStatus): TaskChange[] =>
        Array.from({ length: 200 }, (_, at) => change(at + 1, revision, { status }));
      await test.readModel.apply(all(0, 'pending'));
      let revision = 0;
      let writing = true;
      const writes = (async () => {
        while (revision < 20) {
          revision++;
          await test.readModel.apply(all(revision, revision % 2 === 0 ? 'pending' : 'running'));
        }
        writing = false;
      })();
      // Of each task on its own: how much of one `apply` a list shows before it is done is up to the adapter.
      const least = new Map<number, number>();
      while (writing) {
        for (const status of ['pending', 'running'] as const) {
          const { items } = await test.readModel.list({ statuses: [status] }, 1000);
          for (const item of items) {
            const shown = JSON.parse(item) as { id: number; status: string; revision: number };
            expect(shown.status).toBe(status);
            expect(shown.revision).toBeGreaterThanOrEqual(least.get(shown.id) ?? 0);
            least.set(shown.id, shown.revision);
          }
        }
        await new Promise(setImmediate);
      }
      await writes;
      expect((await test.readModel.list({ statuses: ['pending'] }, 1000)).items).toHaveLength(200);
    });
  });
}

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TASK_STATUSES, type TaskStatus } from '../../../shared/domain/task.js';
import type { ListCursor, ReadModel, TaskChange, TaskFilter } from '../../../shared/ports/read-model.js';
import type { ReadModelHarness, ReadModelUnderTest } from './harness.js';
import { MemoryReadModel } from '../memory-read-model.js';
import { change, idsOf } from './changes.js';

/** Which tasks `list` gives, in which order, and where the next page starts. */
export function exerciseLists(test: ReadModelUnderTest, makeHarness: () => Promise<ReadModelHarness>): void {
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

    it('names a next page exactly when there is one', async () => {
      await test.readModel.apply([1, 2, 3].map((id) => change(id, 0)));
      expect((await test.readModel.list({}, 3)).next).toBeUndefined();
      expect((await test.readModel.list({}, 4)).next).toBeUndefined();
      const { next } = await test.readModel.list({}, 2);
      expect(next).toEqual({ createdSecond: '2025-03-12T10:00:00', taskId: 2 });
      const rest = await test.readModel.list({}, 1, next);
      expect(idsOf(rest.items)).toEqual([1]);
      expect(rest.next).toBeUndefined();
    });

    it('takes a cursor of a task that is not there', async () => {
      await test.readModel.apply([2, 4, 6].map((id) => change(id, 0)));
      const after = (createdSecond: string, taskId: number): ListCursor => ({ createdSecond, taskId });
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

    it('gives what a plain model gives, for any changes, filters, limits and cursors', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.oneof(batchStep, readStep), { maxLength: 12 }), async (steps) => {
          const harness = await makeHarness();
          const readModel = await harness.open();
          try {
            const model = new MemoryReadModel();
            for (const step of steps) await step(readModel, model);
          } finally {
            await readModel.close();
            await harness.cleanUp();
          }
        }),
        { numRuns: 60 },
      );
    }, 60_000);
  });
}

type Step = (readModel: ReadModel, model: MemoryReadModel) => Promise<void>;

const SECONDS = ['2025-03-12T10:00:00', '2025-03-12T10:00:01', '2025-03-12T09:00:00', '1999-12-31T23:59:59'];
const TYPES = ['search', 'dedup', 'crawl'];

/** Few values each, so that many tasks share them. What never changes of a task follows from its id. */
const anyChange = fc
  .record({
    taskId: fc.integer({ min: 1, max: 40 }),
    revision: fc.integer({ min: 0, max: 6 }),
    status: fc.constantFrom(...TASK_STATUSES),
    resultJson: fc.option(fc.constantFrom('{}', '{"found":1}'), { nil: undefined }),
  })
  .map(({ taskId, revision, status, resultJson }) =>
    change(taskId, revision, {
      projectId: taskId % 3,
      taskType: TYPES[(taskId >> 1) % 3]!,
      createdSecond: SECONDS[(taskId >> 2) % 4]!,
      status,
      ...(resultJson !== undefined && { resultJson }),
    }),
  );

const batchStep = fc.array(anyChange, { maxLength: 40 }).map((changes): Step => async (readModel, model) => {
  await Promise.all([readModel.apply(changes), model.apply(changes)]);
  for (const taskId of new Set(changes.map((one) => one.taskId))) {
    expect(await readModel.get(taskId)).toEqual(await model.get(taskId));
  }
});

const some = <Value>(values: readonly Value[]): fc.Arbitrary<Value[]> =>
  fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 4 });

const readStep = fc
  .record({
    filter: fc.record(
      {
        projectId: fc.integer({ min: 0, max: 3 }),
        statuses: some(TASK_STATUSES),
        taskTypes: some([...TYPES, 'ocr']),
      },
      { requiredKeys: [] },
    ),
    limit: fc.oneof(fc.integer({ min: 1, max: 7 }), fc.constant(1000)),
    cursor: fc.record({
      createdSecond: fc.constantFrom(...SECONDS),
      taskId: fc.integer({ min: 1, max: 41 }),
    }),
  })
  .map(({ filter, limit, cursor }): Step => async (readModel, model) => {
    expect(await readModel.list(filter, limit, cursor)).toEqual(await model.list(filter, limit, cursor));
    expect(await allPages(readModel, filter, limit)).toEqual(model.all(filter).map((task) => task.itemJson));
  });

async function allPages(readModel: ReadModel, filter: TaskFilter, limit: number): Promise<string[]> {
  const items: string[] = [];
  let cursor: ListCursor | undefined;
  do {
    const page = await readModel.list(filter, limit, cursor);
    // More than there can be: the pages go round in a circle.
    if (items.length > 1000) throw new Error(`The pages of ${JSON.stringify(filter)} have no end`);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}

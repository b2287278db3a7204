import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TASK_STATUSES, type TaskStatus } from '../../../shared/core/domain/task.js';
import { LIST_ORDERS, type ListOrder } from '../../../shared/core/ports/list-order.js';
import type { ListCursor, ReadModel, TaskChange } from '../../../shared/core/ports/read-model.js';
import type { TaskFilter } from '../../../shared/core/ports/task-filter.js';
import { MemoryReadModel } from '../memory-read-model.js';
import { change, idsOf } from './changes.js';
import type { ReadModelHarness, ReadModelUnderTest } from './harness.js';

/** In which orders lists can be, and which tasks filters by times let through, alone and together with others. */
export function exerciseOrders(test: ReadModelUnderTest, makeHarness: () => Promise<ReadModelHarness>): void {
  const shown = async (filter: TaskFilter, order?: ListOrder): Promise<number[]> =>
    idsOf((await test.readModel.list(filter, 100, undefined, [], undefined, order)).items);

  describe('orders and times', () => {
    it('goes by creation, end and duration, from either end, and by the id where these are the same', async () => {
      await test.readModel.apply([
        timed(1, { created: 5, started: 6, ended: 20 }),
        timed(2, { created: 4, started: 10, ended: 20 }),
        timed(3, { created: 3, started: 5, ended: 15 }),
        timed(4, { created: 2, started: 3 }),
        timed(5, { created: 1 }),
        // Never started.
        timed(6, { created: 0, ended: 30 }),
      ]);
      for (const readModel of [() => test.readModel, () => test.reopen()]) {
        await readModel();
        expect(await shown({})).toEqual([1, 2, 3, 4, 5, 6]);
        expect(await shown({}, '-created')).toEqual([1, 2, 3, 4, 5, 6]);
        expect(await shown({}, 'created')).toEqual([6, 5, 4, 3, 2, 1]);
        expect(await shown({}, '-ended')).toEqual([6, 2, 1, 3]);
        expect(await shown({}, 'ended')).toEqual([3, 1, 2, 6]);
        expect(await shown({}, '-duration')).toEqual([1, 3, 2]);
        expect(await shown({}, 'duration')).toEqual([2, 3, 1]);
        expect(await shown({ statuses: ['running', 'pending'] }, '-ended')).toEqual([]);
        expect(await shown({ statuses: [] }, 'ended')).toEqual([]);
        expect(await shown({ taskTypes: ['ocr'] }, 'ended')).toEqual([]);
        expect(await shown({ projectId: 1, statuses: ['completed', 'running'] }, 'ended')).toEqual([
          3, 1, 2, 6,
        ]);
        expect(await shown({ createdAfter: second(3), createdBefore: second(5) }, 'ended')).toEqual([3, 2]);
        expect(await shown({ createdAfter: second(3), createdBefore: second(5) }, 'created')).toEqual([3, 2]);
        expect(await shown({ endedAfter: second(20), endedBefore: second(30) }, 'ended')).toEqual([1, 2]);
      }
    });

    it('takes the second from which on tasks ended, started or are due in, and the one before which not', async () => {
      await test.readModel.apply([
        timed(1, { created: 1, started: 10, ended: 20, due: 30 }),
        timed(2, { created: 2, started: 11, ended: 21, due: 31 }),
        timed(3, { created: 3, started: 12, due: 29 }),
        timed(4, { created: 4 }),
      ]);
      for (const readModel of [() => test.readModel, () => test.reopen()]) {
        await readModel();
        expect(await shown({ endedAfter: second(20) })).toEqual([2, 1]);
        expect(await shown({ endedAfter: second(21) })).toEqual([2]);
        expect(await shown({ endedBefore: second(21) })).toEqual([1]);
        expect(await shown({ endedAfter: second(21), endedBefore: second(21) })).toEqual([]);
        expect(await shown({ startedAfter: second(11) })).toEqual([3, 2]);
        expect(await shown({ startedBefore: second(12) }, 'created')).toEqual([1, 2]);
        expect(await shown({ startedAfter: second(11), startedBefore: second(12) })).toEqual([2]);
        expect(await shown({ dueBefore: second(30) })).toEqual([3]);
        expect(await shown({ dueBefore: second(31) })).toEqual([3, 1]);
        expect(await shown({ dueBefore: second(40), statuses: ['running'] })).toEqual([3]);
        expect(await shown({ dueBefore: second(40), endedAfter: second(0) }, '-duration')).toEqual([2, 1]);
        expect(await test.readModel.count({ endedAfter: second(20) })).toEqual({ count: 2, exact: true });
      }
    });

    it('lets a task into a list when it comes to what is asked for', async () => {
      await test.readModel.apply([timed(1, { created: 1 })]);
      const asked = (): Promise<number[][]> =>
        Promise.all([
          shown({ startedAfter: second(0) }),
          shown({ endedAfter: second(0) }),
          shown({}, 'ended'),
        ]);
      expect(await asked()).toEqual([[], [], []]);
      await test.readModel.apply([timed(1, { created: 1, started: 2 }, 1)]);
      await test.reopen();
      expect(await asked()).toEqual([[1], [], []]);
      await test.readModel.apply([timed(1, { created: 1, started: 2, ended: 3 }, 2)]);
      expect(await asked()).toEqual([[1], [1], [1]]);
    });

    it('gives what a plain model gives, for any changes, times, orders, limits and cursors', async () => {
      await fc.assert(
        fc.asyncProperty(anySteps, async (steps) => {
          const harness = await makeHarness();
          let readModel = await harness.open();
          try {
            const model = new MemoryReadModel();
            for (const step of steps) {
              if (step !== 'reopen') {
                await step(readModel, model);
                continue;
              }
              await readModel.close();
              readModel = await harness.open();
            }
          } finally {
            await readModel.close();
            await harness.cleanUp();
          }
        }),
        { numRuns: 60 },
      );
    }, 120_000);
  });
}

const second = (number: number): string => `2025-03-12T10:00:${String(number).padStart(2, '0')}`;
const json = (number: number | undefined, ms = '000'): string =>
  number === undefined ? 'null' : `"${second(number)}.${ms}Z"`;

interface Times {
  created: number;
  started?: number;
  ended?: number;
  due?: number;
}

/** A task that has come to these, as seconds of one minute. */
function timed(taskId: number, { created, started, ended, due }: Times, revision = 0): TaskChange {
  const open: TaskStatus = started === undefined ? 'pending' : 'running';
  return {
    ...change(taskId, revision, {
      status: ended === undefined ? open : 'completed',
      createdSecond: second(created),
      traits: due === undefined ? {} : { due_at: `${second(due)}.250Z` },
    }),
    extras: {
      createdAtJson: json(created),
      startedAtJson: json(started, '750'),
      completedAtJson: json(ended, '500'),
      attempt: 0,
      traits: due === undefined ? {} : { due_at: `${second(due)}.250Z` },
    },
  };
}

type Step = (readModel: ReadModel, model: MemoryReadModel) => Promise<void>;

const TYPES = ['search', 'dedup', 'crawl'];

/** As tasks go: three revisions, at each of which all is as it was, and the next thing is new. */
const anyChange = fc
  .record({
    taskId: fc.integer({ min: 1, max: 30 }),
    revision: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ taskId, revision }) => {
    const isStarted = revision > 0 && taskId % 6 !== 0;
    const isEnded = revision > 1;
    const status = isEnded ? TASK_STATUSES[2 + (taskId % 3)]! : isStarted ? 'running' : 'pending';
    const said = timed(
      taskId,
      {
        created: taskId % 4,
        ...(isStarted && { started: 2 + (taskId % 5) }),
        ...(isEnded && { ended: 4 + (taskId % 7) }),
        ...(taskId % 3 === 0 && { due: taskId % 10 }),
      },
      revision,
    );
    const traits = { ...said.extras.traits, ...(taskId % 2 === 0 && { labels: { team: `t${taskId % 4}` } }) };
    return {
      ...said,
      status,
      projectId: (taskId % 3) - 1,
      taskType: TYPES[(taskId >> 1) % 3]!,
      key: taskId % 5 === 0 ? null : `a/${taskId % 2 === 0 ? 'b' : 'c'}/${taskId}`,
      extras: { ...said.extras, traits },
    };
  });

const batchStep = fc
  .array(anyChange, { minLength: 10, maxLength: 60 })
  .map((changes: TaskChange[]): Step => async (readModel, model) => {
    await Promise.all([readModel.apply(changes), model.apply(changes)]);
  });

/** What was shown ahead of being written is read from where it was written then. */
const reopenStep = fc.constant('reopen' as const);

const someSecond = fc.integer({ min: 0, max: 8 }).map(second);
const some = <Value>(values: readonly Value[]): fc.Arbitrary<Value[]> =>
  fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });

const anyMember: { [Member in keyof TaskFilter]: fc.Arbitrary<TaskFilter[Member]> } = {
  projectId: fc.integer({ min: -1, max: 2 }),
  statuses: some(TASK_STATUSES),
  taskTypes: some([...TYPES, 'ocr']),
  notTaskTypes: some(TYPES),
  createdAfter: someSecond,
  createdBefore: someSecond,
  endedAfter: someSecond,
  endedBefore: someSecond,
  startedAfter: someSecond,
  startedBefore: someSecond,
  dueBefore: someSecond,
  keyPrefix: fc.constantFrom('a/', 'a/b/', 'b/'),
  taskIds: fc.array(fc.integer({ min: 1, max: 35 }), { maxLength: 20 }),
  labels: some(['team:t0', 'team:t2']),
};

/** Three members at most: of more hardly a task is let through. */
const anyFilter = fc
  .shuffledSubarray(Object.keys(anyMember) as (keyof TaskFilter)[], { maxLength: 3 })
  .chain((members) =>
    fc.record(
      Object.fromEntries(members.map((member) => [member, anyMember[member] as fc.Arbitrary<unknown>])),
    ),
  )
  .map((filter) => filter as TaskFilter);

const readStep = fc
  .record({
    filter: anyFilter,
    order: fc.constantFrom(...LIST_ORDERS),
    limit: fc.oneof(fc.integer({ min: 1, max: 7 }), fc.constant(1000)),
  })
  .map(({ filter, order, limit }): Step => async (readModel, model) => {
    const expected = model.all(filter, order).map(({ itemJson }) => itemJson);
    expect(await allPages(readModel, filter, order, limit)).toEqual(expected);
    const page = await readModel.list(filter, limit, undefined, [], undefined, order);
    expect(page).toEqual(await model.list(filter, limit, undefined, [], undefined, order));
    expect(await readModel.count(filter)).toEqual(await model.count(filter));
  });

/** Tasks first: what is read of nothing tells little. */
const anySteps = fc
  .tuple(
    batchStep,
    fc.array(fc.oneof(batchStep, reopenStep, ...Array<typeof readStep>(6).fill(readStep)), {
      minLength: 8,
      maxLength: 16,
    }),
  )
  .map(([first, steps]) => [first, ...steps]);

async function allPages(
  readModel: ReadModel,
  filter: TaskFilter,
  order: ListOrder,
  limit: number,
): Promise<string[]> {
  const items: string[] = [];
  let cursor: ListCursor | undefined;
  do {
    const page = await readModel.list(filter, limit, cursor, [], undefined, order);
    // More than there can be: the pages go round in a circle.
    if (items.length > 1000) throw new Error(`The pages of ${JSON.stringify(filter)} have no end`);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}

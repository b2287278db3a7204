import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LIST_INCLUDES, type TaskTraits } from '../../../shared/core/contracts/task-fields.js';
import { TASK_STATUSES } from '../../../shared/core/domain/task.js';
import type { ListCursor, ReadModel, TaskChange } from '../../../shared/core/ports/read-model.js';
import type { ListFilter, TaskFilter } from '../../../shared/core/ports/task-filter.js';
import { MemoryReadModel } from '../memory-read-model.js';
import { change, idsOf } from './changes.js';
import type { ReadModelHarness, ReadModelUnderTest } from './harness.js';

/** Which tasks each filter lets through, alone and together with others, and what items can have beside their members. */
export function exerciseFilters(
  test: ReadModelUnderTest,
  makeHarness: () => Promise<ReadModelHarness>,
): void {
  const shown = async (filter: ListFilter): Promise<number[]> =>
    idsOf((await test.readModel.list(filter, 100)).items);

  describe('filters', () => {
    it('gives nothing for an empty list of alternatives', async () => {
      await test.readModel.apply([change(1, 0, { key: 'a/1' })]);
      for (const none of [{ statuses: [] }, { taskTypes: [] }] as TaskFilter[]) {
        expect(await shown(none)).toEqual([]);
        expect(await shown({ ...none, projectId: 1, keyPrefix: 'a/' })).toEqual([]);
      }
    });

    it('leaves out types, also such as no task has', async () => {
      await test.readModel.apply(
        ['search', 'ocr', 'crawl'].map((taskType, at) => change(at + 1, 0, { taskType })),
      );
      expect(await shown({ notTaskTypes: ['ocr'] })).toEqual([3, 1]);
      expect(await shown({ notTaskTypes: ['ocr', 'search', 'ocr', 'never'] })).toEqual([3]);
      expect(await shown({ notTaskTypes: ['ocr', 'search', 'crawl'] })).toEqual([]);
      expect(await shown({ notTaskTypes: ['never'] })).toEqual([3, 2, 1]);
      expect(await shown({ notTaskTypes: [] })).toEqual([3, 2, 1]);
      expect(await shown({ taskTypes: ['ocr', 'crawl'], notTaskTypes: ['ocr'] })).toEqual([3]);
      await test.readModel.apply([change(4, 0, { taskType: 'index' })]);
      expect(await shown({ notTaskTypes: ['ocr'] })).toEqual([4, 3, 1]);
    });

    it('takes the second from which on tasks are shown in, and the one before which in not', async () => {
      const seconds = ['2025-03-12T09:59:59', '2025-03-12T10:00:00', '2025-03-12T10:00:01'];
      await test.readModel.apply(
        [...seconds, ...seconds].map((createdSecond, at) => change(at + 1, 0, { createdSecond })),
      );
      expect(await shown({ createdAfter: '2025-03-12T10:00:00' })).toEqual([6, 3, 5, 2]);
      expect(await shown({ createdBefore: '2025-03-12T10:00:00' })).toEqual([4, 1]);
      const [, createdAfter, createdBefore] = seconds as [string, string, string];
      expect(await shown({ createdAfter, createdBefore })).toEqual([5, 2]);
      expect(await shown({ createdAfter, createdBefore: createdAfter })).toEqual([]);
      expect(await shown({ createdAfter: createdBefore, createdBefore: createdAfter })).toEqual([]);
      const extremes = { createdAfter: '0001-01-01T00:00:00', createdBefore: '9999-12-31T23:59:59' };
      expect(await shown(extremes)).toEqual([6, 3, 5, 2, 4, 1]);
    });

    it('finds a task by its key, and no other', async () => {
      const keys = ['crawl/7', 'crawl/70', 'crawl/', 'Crawl/7', 'søk/漢😀', null];
      await test.readModel.apply(keys.map((key, at) => change(at + 1, 0, { key })));
      for (const [at, key] of keys.entries())
        if (key !== null) expect(await shown({ key })).toEqual([at + 1]);
      for (const key of ['crawl', 'crawl/7/', 'null']) expect(await shown({ key })).toEqual([]);
      expect(await shown({ key: 'crawl/7', projectId: 2 })).toEqual([]);
      expect(await shown({ key: 'crawl/7', keyPrefix: 'crawl/' })).toEqual([1]);
      expect(await shown({ key: 'crawl/7', keyPrefix: 'søk/' })).toEqual([]);
    });

    it('finds tasks by the beginning of their keys, path by path', async () => {
      const keys = [
        'a/1',
        'a/b/1',
        'a/b/',
        'a/bc/1',
        'ab/1',
        'a',
        '/a/1',
        'a//1',
        'a/b/c/d/e/f/g/h/i/j',
        null,
      ];
      await test.readModel.apply(keys.map((key, at) => change(at + 1, 0, { key })));
      expect(await shown({ keyPrefix: 'a/' })).toEqual([9, 8, 4, 3, 2, 1]);
      expect(await shown({ keyPrefix: 'a/b/' })).toEqual([9, 3, 2]);
      expect(await shown({ keyPrefix: 'a/b/1/' })).toEqual([]);
      expect(await shown({ keyPrefix: '/' })).toEqual([7]);
      expect(await shown({ keyPrefix: '/a/' })).toEqual([7]);
      expect(await shown({ keyPrefix: 'a//' })).toEqual([8]);
      expect(await shown({ keyPrefix: 'a/b/c/d/e/f/g/h/' })).toEqual([9]);
    });

    it('finds keys of the greatest length', async () => {
      const long = `${'漢'.repeat(85)}/${'x'.repeat(254)}/x`;
      await test.readModel.apply([
        change(1, 0, { key: long }),
        change(2, 0, { key: `${long.slice(0, -1)}y` }),
      ]);
      expect(await shown({ key: long })).toEqual([1]);
      expect(await shown({ keyPrefix: long.slice(0, -1) })).toEqual([2, 1]);
      expect((await test.readModel.get(1))?.key).toBe(long);
    });

    it('follows a task from status to status under its key', async () => {
      const key = 'crawl/2025-03-12/7';
      const failed = { keyPrefix: 'crawl/', statuses: ['failed'] } as const;
      await test.readModel.apply([change(1, 0, { key }), change(2, 0, { key: 'crawl/x' })]);
      expect(await shown(failed)).toEqual([]);
      await test.readModel.apply([change(1, 2, { key, status: 'failed' })]);
      expect(await shown(failed)).toEqual([1]);
      expect(await shown({ ...failed, keyPrefix: 'crawl/2025-03-12/' })).toEqual([1]);
      expect(await shown({ key, statuses: ['pending', 'running'] })).toEqual([]);
      expect(await shown({ keyPrefix: 'crawl/' })).toEqual([2, 1]);
    });

    it('finds tasks by all of some labels, and by nothing that only looks like one', async () => {
      const labels: TaskTraits['labels'][] = [
        { team: 'a' },
        { team: 'a', 'app/x.y': 'b:c' },
        { team: 'ab' },
        { tea: 'm:a' },
        undefined,
      ];
      await test.readModel.apply(
        labels.map((some, at) => change(at + 1, 0, { traits: some === undefined ? {} : { labels: some } })),
      );
      expect(await shown({ labels: ['team:a'] })).toEqual([2, 1]);
      expect(await shown({ labels: ['team:a', 'app/x.y:b:c'] })).toEqual([2]);
      expect(await shown({ labels: ['team:a', 'team:ab'] })).toEqual([]);
      expect(await shown({ labels: ['tea:m:a'] })).toEqual([4]);
      expect(await shown({ labels: ['team:a', 'team:a'], projectId: 1, statuses: ['pending'] })).toEqual([
        2, 1,
      ]);
      expect(await shown({ labels: ['team:a'], taskTypes: ['ocr'] })).toEqual([]);
      expect(await shown({ labels: [] })).toEqual([5, 4, 3, 2, 1]);
    });

    it('finds tasks by what they call another one, whichever of its names that is', async () => {
      const parents = ['42', 'a/42', '420', undefined];
      await test.readModel.apply(
        parents.map((parent, at) => change(at + 1, 0, { traits: parent === undefined ? {} : { parent } })),
      );
      await test.readModel.apply([change(5, 0, { traits: { retry_of: '42' } })]);
      expect(await shown({ parents: ['42', 'a/42'] })).toEqual([2, 1]);
      expect(await shown({ parents: ['a/42', 'a/42', 'never'] })).toEqual([2]);
      expect(await shown({ parents: [] })).toEqual([]);
      expect(await shown({ retryOf: ['42'] })).toEqual([5]);
      const many = Array.from({ length: 500 }, (_, number) => String(number));
      expect(await shown({ parents: many })).toEqual([3, 1]);
      expect((await test.readModel.list({ parents: many }, 1)).next).toBeDefined();
    });

    it('follows a task from worker to worker, and from error to error', async () => {
      const traits = { labels: { team: 'a' }, worker: 'w1', error_type: 'Timeout' };
      await test.readModel.apply([change(1, 1, { traits }), change(2, 1, { traits })]);
      expect(await shown({ workers: ['w1'], errorTypes: ['Timeout'] })).toEqual([2, 1]);
      const readModel = await test.reopen();
      expect(await shown({ workers: ['w1', 'w2'] })).toEqual([2, 1]);
      await readModel.apply([change(1, 2, { traits: { labels: { team: 'a' }, worker: 'w2' } })]);
      expect(await shown({ workers: ['w1'] })).toEqual([2]);
      expect(await shown({ errorTypes: ['Timeout'] })).toEqual([2]);
      expect(await shown({ workers: ['w2'], labels: ['team:a'] })).toEqual([1]);
      await test.reopen();
      expect(await shown({ workers: ['w1'] })).toEqual([2]);
      expect(await shown({ workers: ['w1', 'w2'], labels: ['team:a'] })).toEqual([2, 1]);
      expect(await shown({ workers: ['w2'], errorTypes: ['Timeout'] })).toEqual([]);
    });

    it('finds what is silent, until it is heard of again', async () => {
      const silent = { silent: true as const };
      await test.readModel.apply([
        change(1, 1, { traits: silent }),
        change(2, 1),
        change(3, 1, { traits: silent }),
      ]);
      expect(await shown(silent)).toEqual([3, 1]);
      const readModel = await test.reopen();
      await readModel.apply([change(3, 2, { traits: { worker: 'w' } }), change(2, 2, { traits: silent })]);
      expect(await shown(silent)).toEqual([2, 1]);
      await test.reopen();
      expect(await shown(silent)).toEqual([2, 1]);
      expect(await shown({ ...silent, projectId: 77 })).toEqual([]);
    });

    it('finds whole words in names, labels, types, workers and errors, and follows them', async () => {
      const labels = { team: 'Größe 7', 'app/tier': 'x' };
      const error = { errorMessageJson: '"No answer: timeout"' };
      await test.readModel.apply([
        change(1, 0, { key: 'crawl/2025-03-12/7', taskType: 'crawl' }),
        change(2, 0, { key: 'crawl/2025-03-13/8', taskType: 'ocr', traits: { labels } }),
        change(3, 1, { taskType: 'ocr', traits: { worker: 'host-7', error_type: 'Timeout' }, ...error }),
      ]);
      const found = async (words: string[], errorWords: string[] = []): Promise<number[]> => {
        const filter = { ...(words.length > 0 && { words }), ...(errorWords.length > 0 && { errorWords }) };
        const ids = await shown(filter);
        expect(await test.readModel.count(filter)).toEqual({ count: ids.length, exact: true });
        return ids;
      };
      expect(await found(['crawl'])).toEqual([2, 1]);
      expect(await found(['crawl', '2025', '12'])).toEqual([1]);
      expect(await found(['7'])).toEqual([3, 2, 1]);
      expect(await found(['größe', 'tier'])).toEqual([2]);
      expect(await found(['craw'])).toEqual([]);
      expect(await found(['timeout', 'answer', 'host'])).toEqual([3]);
      expect(await found([], ['timeout'])).toEqual([3]);
      expect(await found([], ['host'])).toEqual([]);
      expect(await found(['host'], ['timeout', 'no'])).toEqual([3]);
      expect(await shown({ words: ['crawl'], taskTypes: ['ocr'] })).toEqual([2]);
      expect(await shown({ words: ['8'], keyPrefix: 'crawl/' })).toEqual([2]);
      expect((await test.readModel.list({ words: ['7'] }, 1)).next).toBeDefined();
      const readModel = await test.reopen();
      const worker = { traits: { worker: 'other' }, errorMessageJson: `"refused ${'x'.repeat(1_000)}"` };
      await readModel.apply([change(3, 2, { taskType: 'ocr', ...worker })]);
      await test.reopen();
      expect(await found(['7'])).toEqual([2, 1]);
      expect(await found(['timeout'])).toEqual([]);
      expect(await found(['refused', 'other'])).toEqual([3]);
      await test.readModel.apply([change(3, 3, { taskType: 'ocr', traits: {}, errorMessageJson: '""' })]);
      expect(await found(['refused'])).toEqual([]);
      expect(await found(['ocr'])).toEqual([3, 2]);
    });

    it('takes only some ids, in the order of the list', async () => {
      await test.readModel.apply(
        [1, 2, 3, 4].map((id) => change(id, 0, { createdSecond: `2025-03-12T10:00:0${9 - id}` })),
      );
      expect(await shown({ taskIds: [4, 1, 3, 99, 1] })).toEqual([1, 3, 4]);
      expect(await shown({ taskIds: [4, 1, 3], createdBefore: '2025-03-12T10:00:08' })).toEqual([3, 4]);
      expect(await shown({ taskIds: [4, 1], projectId: 2 })).toEqual([]);
      expect(await shown({ taskIds: [] })).toEqual([]);
      const { items, next } = await test.readModel.list({ taskIds: [4, 1, 3] }, 2);
      expect(idsOf(items)).toEqual([1, 3]);
      expect(idsOf((await test.readModel.list({ taskIds: [4, 1, 3] }, 2, next)).items)).toEqual([4]);
      const thousand = Array.from({ length: 1_000 }, (_, id) => id + 3);
      expect(await shown({ taskIds: thousand })).toEqual([3, 4]);
    });

    it('adds what was asked for to each item, in this order', async () => {
      const started = change(1, 1, {
        key: 'a/"1"',
        status: 'completed',
        attempt: 2,
        traits: {
          ...{
            labels: { team: 'søk', 'a.b/c': '$x:"y"' },
            parent: '42',
            retry_of: 'a/"0"',
            worker: 'w\u0000',
          },
          ...{
            error_type: 'Timeout',
            due_at: '2025-03-12T11:00:00.123Z',
            heartbeat_s: 30,
            silent: true as const,
          },
        },
        paramsJson: '{"query":"x"}',
        resultJson: '{"found":1}',
      });
      await test.readModel.apply([started, change(2, 0)]);
      const parts = (json: string, itemJson: string): string => `${itemJson.slice(0, -1)},${json}}`;
      const { items } = await test.readModel.list({}, 10, undefined, LIST_INCLUDES);
      expect(items).toEqual([
        parts(
          '"key":null,"attempt":0,"labels":{},"parent":null,"retry_of":null,"worker":null,"error_type":null,' +
            '"due_at":null,"heartbeat_s":null,"silent":false,"started_at":null,"completed_at":null,"params":{},"result":{},"error_message":""',
          change(2, 0).itemJson,
        ),
        parts(
          '"key":"a/\\"1\\"","attempt":2,"labels":{"team":"søk","a.b/c":"$x:\\"y\\""},"parent":"42",' +
            '"retry_of":"a/\\"0\\"","worker":"w\\u0000","error_type":"Timeout","due_at":"2025-03-12T11:00:00",' +
            '"heartbeat_s":30,"silent":true,"started_at":"2025-03-12T10:00:01","completed_at":"2025-03-12T10:02:30",' +
            '"params":{"query":"x"},"result":{"found":1},"error_message":""',
          started.itemJson,
        ),
      ]);
      expect((await test.readModel.list({ key: 'a/"1"' }, 10, undefined, ['attempt'])).items).toEqual([
        parts('"attempt":2', started.itemJson),
      ]);
      // What was listed with other members, or without any, is no answer to this.
      expect((await test.readModel.list({}, 10)).items).toEqual([change(2, 0).itemJson, started.itemJson]);
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
        { numRuns: 80 },
      );
    }, 120_000);
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
      key: taskId % 5 === 0 ? null : `a/${taskId % 2 === 0 ? 'b' : 'c'}/${taskId}`,
      attempt: revision,
      traits: traitsOf(taskId, revision),
      status,
      ...(resultJson !== undefined && { resultJson }),
      ...(revision % 3 === 1 && { errorMessageJson: ERRORS[revision % 4] as string }),
    }),
  );

/** A third of the tasks have none; what is said with a start comes with a later revision. */
function traitsOf(taskId: number, revision: number): TaskTraits {
  if (taskId % 3 === 0) return {};
  return {
    labels: { team: `t${taskId % 2}`, ...(taskId % 4 === 1 && { 'app/x.y': 'a:b' }) },
    ...(taskId % 7 === 1 && { parent: ['3', 'a/c/3', '4'][taskId % 3]!, retry_of: String(taskId + 1) }),
    ...(revision > 1 && { worker: `w${revision % 3}` }),
    ...(revision > 3 && { error_type: revision % 2 === 0 ? 'Timeout' : 'Refused' }),
    ...(revision % 4 === 2 && { silent: true as const }),
    ...(taskId % 2 === 0 && { due_at: `${SECONDS[taskId % 4]!}.500Z` }),
  };
}

const ERRORS = ['"No answer"', '"Answer 7"', '""', `"timeout ${'x'.repeat(600)}"`];

const batchStep = fc
  .array(anyChange, { maxLength: 40 })
  .map((changes: TaskChange[]): Step => async (readModel, model) => {
    await Promise.all([readModel.apply(changes), model.apply(changes)]);
    for (const taskId of new Set(changes.map((one) => one.taskId))) {
      expect(await readModel.get(taskId)).toEqual(await model.get(taskId));
    }
  });

const some = <Value>(values: readonly Value[], minLength = 1): fc.Arbitrary<Value[]> =>
  fc.array(fc.constantFrom(...values), { minLength, maxLength: 4 });

const readStep = fc
  .record({
    filter: fc.record(
      {
        projectId: fc.integer({ min: 0, max: 3 }),
        statuses: some(TASK_STATUSES, 0),
        taskTypes: some([...TYPES, 'ocr'], 0),
        notTaskTypes: some([...TYPES, 'ocr'], 0),
        createdAfter: fc.constantFrom(...SECONDS),
        createdBefore: fc.constantFrom(...SECONDS),
        key: fc.constantFrom('a/b/2', 'a/c/7', 'a/c/11', 'a/b/7'),
        keyPrefix: fc.constantFrom('a/', 'a/b/', 'a/c/', 'b/'),
        taskIds: fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 20 }),
        labels: some(['team:t0', 'team:t1', 'app/x.y:a:b']),
        parents: some(['3', 'a/c/3', '4', '5'], 0),
        retryOf: some(['2', '9', '23']),
        workers: some(['w0', 'w1', 'w2', 'w3'], 0),
        errorTypes: some(['Timeout', 'Refused', 'Other']),
        silent: fc.constant(true as const),
        words: some(['a', 'b', '7', 't0', 'w1', 'timeout', 'answer', '検索', 'ocr']),
        errorWords: some(['answer', 'no', 't0']),
      },
      { requiredKeys: [] },
    ),
    limit: fc.oneof(fc.integer({ min: 1, max: 7 }), fc.constant(1000)),
    cursor: fc.option(
      fc.record({
        at: fc.constantFrom(...SECONDS),
        taskId: fc.integer({ min: 1, max: 41 }),
      }),
      { nil: undefined },
    ),
    include: fc.subarray([...LIST_INCLUDES]),
  })
  .map(({ filter, limit, cursor, include }): Step => async (readModel, model) => {
    const expected = await model.list(filter, limit, cursor, include);
    expect(await readModel.list(filter, limit, cursor, include)).toEqual(expected);
    expect(await readModel.count(filter)).toEqual(await model.count(filter));
    expect(await allPages(readModel, filter, limit)).toEqual(model.all(filter).map((task) => task.itemJson));
    expect(await readModel.count(filter)).toEqual(await model.count(filter));
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

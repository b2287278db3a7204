import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Collection } from 'mongodb';
import type { StoredTask } from '../../../shared/adapters/mongodb/task-document.js';
import { TASK_INDEXES } from '../../../shared/adapters/mongodb/task-indexes.js';
import { listTasks } from '../../../shared/adapters/mongodb/task-lists.js';
import { TASK_STATUSES } from '../../../shared/core/domain/task.js';
import type { ListFilter } from '../../../shared/core/ports/task-filter.js';
import { LIST_ORDERS, type ListOrder } from '../../../shared/core/ports/list-order.js';

interface Counted {
  wanted: Record<string, unknown>;
  hint: string;
}

interface Find extends Counted {
  sort: Record<string, 1 | -1>;
}

/** What MongoDB is asked for, where tasks of these types are stored. */
async function findsOf(
  filter: ListFilter,
  knownTypes: readonly string[],
  order?: ListOrder,
  count = 0,
  counted: Counted[] = [],
): Promise<Find[]> {
  const finds: Find[] = [];
  const tasks = {
    distinct: async () => knownTypes,
    countDocuments: async (wanted: Find['wanted'], { hint }: Counted) => {
      counted.push({ wanted, hint });
      return count;
    },
    find: (wanted: Find['wanted'], { hint, sort }: Omit<Find, 'wanted'>) => {
      finds.push({ wanted, hint, sort });
      return { toArray: async () => [] };
    },
  };
  await listTasks(tasks as unknown as Collection<StoredTask>, {
    ...{ filter, limit: 50, order, maxTimeMS: 5_000 },
  });
  return finds;
}

const rangesOf = (condition: unknown): number =>
  typeof condition === 'object' ? (condition as { $in: unknown[] }).$in.length : 1;

const types = Array.from({ length: 150 }, (_, number) => `type-${number}`);
const anyFilter: fc.Arbitrary<ListFilter> = fc.record(
  {
    projectId: fc.integer(),
    statuses: fc.subarray([...TASK_STATUSES]),
    taskTypes: fc.subarray(types),
    notTaskTypes: fc.subarray(types),
    createdAfter: fc.constant('2025-03-12T10:00:00'),
    createdBefore: fc.constant('2025-03-13T10:00:00'),
    key: fc.constantFrom('a/1', 'b/1'),
    keyPrefix: fc.constant('a/'),
    taskIds: fc.constant([7, 8]),
    labels: fc.subarray(['team:search', 'tier:1'], { minLength: 1 }),
    parents: fc.constant(['7', 'a/7']),
    retryOf: fc.constant(['8', 'a/8']),
    workers: fc.subarray(types, { minLength: 1 }),
    errorTypes: fc.subarray(types, { minLength: 1 }),
    silent: fc.constant(true),
    words: fc.subarray(['a', '7'], { minLength: 1 }),
    errorWords: fc.subarray(['a', '7'], { minLength: 1 }),
  },
  { requiredKeys: [] },
);

const PLAIN = [
  'projectId',
  'statuses',
  'taskTypes',
  'notTaskTypes',
  'createdAfter',
  'createdBefore',
  'keyPrefix',
];
const isNamed = (filter: ListFilter): boolean =>
  Object.keys(filter).some((member) => !PLAIN.includes(member));

describe('lists in MongoDB', () => {
  it('restrict every member of the index before the place, in few enough ranges, whatever the filter', async () => {
    await fc.assert(
      fc.asyncProperty(anyFilter, async (filter) => {
        const finds = await findsOf(filter, types);
        for (const { wanted, hint } of finds) {
          const { 'head.place': _, ...restricted } = wanted;
          const { key = {} } = TASK_INDEXES.find(({ name }) => name === hint) ?? {};
          const indexed = Object.keys(key).filter((member) => member !== 'head.place');
          // Few tasks have one key, or what only some have: what else is wanted of them is looked up in their documents.
          if (isNamed(filter)) expect(Object.keys(restricted)).toEqual(expect.arrayContaining(indexed));
          else expect(indexed.sort()).toEqual(Object.keys(restricted).sort());
          if (hint === '_id_') continue;
          const ranges = indexed.reduce((product, member) => product * rangesOf(wanted[member]), 1);
          expect(ranges).toBeLessThanOrEqual(200);
        }
      }),
    );
  });

  it('by the end or the duration go by an index that is sorted so, whatever the filter', async () => {
    const orders = LIST_ORDERS.filter((order) => !order.endsWith('created'));
    await fc.assert(
      fc.asyncProperty(anyFilter, fc.constantFrom(...orders), async (filter, order) => {
        for (const { wanted, hint, sort } of await findsOf(filter, types, order)) {
          const [[member, direction]] = Object.entries(sort) as [[string, number]];
          expect([member, direction]).toEqual([
            `head.${order.replace('-', '')}`,
            order.startsWith('-') ? -1 : 1,
          ]);
          // Those that have not ended have none.
          expect(wanted[member]).toEqual({ $gt: '' });
          if (isNamed(filter) || filter.keyPrefix !== undefined) continue;
          const { key = {} } = TASK_INDEXES.find(({ name }) => name === hint) ?? {};
          const indexed = Object.keys(key);
          expect(indexed.pop()).toBe(member);
          const { 'head.place': _, [member]: __, ...restricted } = wanted;
          expect(indexed.sort()).toEqual(Object.keys(restricted).sort());
          const ranges = indexed.reduce((product, one) => product * rangesOf(wanted[one]), 1);
          expect(ranges).toBeLessThanOrEqual(200);
        }
      }),
    );
  });

  const second = '2025-03-12T10:00:00';
  it.each([
    ['ended', { endedAfter: second, endedBefore: '2025-03-12T11:00:00' }, 'head.ended'],
    ['started', { startedAfter: second }, 'head.startedAtJson'],
    ['due', { dueBefore: second }, 'head.traits.due_at'],
  ] as const)(
    'between times go by %s where these are few, and else by their order',
    async (time, times, at) => {
      const filter = { projectId: 1, ...times };
      for (const [order, hint] of [
        ['-created', 'projectId_place'],
        ['duration', 'projectId_status_taskType_duration'],
      ] as const) {
        const [few] = (await findsOf(filter, ['ocr'], order)) as [Find];
        expect(few.hint).toBe(`projectId_status_taskType_${time}`);
        const { key = {} } = TASK_INDEXES.find(({ name }) => name === few.hint) ?? {};
        expect(Object.keys(key).pop()).toBe(at);
        expect(Object.keys(few.wanted)).toEqual(expect.arrayContaining(Object.keys(key)));
        const [many] = (await findsOf(filter, ['ocr'], order, 10_001)) as [Find];
        expect(many.hint).toBe(hint);
        expect(many.wanted[at]).toEqual(few.wanted[at]);
      }
    },
  );

  it('find out whether they are few by what the index says alone', async () => {
    const filter = {
      startedAfter: second,
      createdAfter: second,
      dueBefore: second,
      statuses: ['running'],
    } as const;
    const counted: Counted[] = [];
    await findsOf(filter, ['ocr'], undefined, 10_001, counted);
    expect(counted.map(({ hint }) => hint)).toEqual(['status_taskType_started', 'status_taskType_due']);
    for (const { wanted, hint } of counted) {
      const { key = {} } = TASK_INDEXES.find(({ name }) => name === hint) ?? {};
      expect(Object.keys(wanted).sort()).toEqual(Object.keys(key).sort());
    }
  });

  it('name each status and type once, over as many queries as it takes', async () => {
    const finds = await findsOf({ keyPrefix: 'a/', notTaskTypes: ['type-7'] }, types);
    expect(finds.length).toBe(4);
    const named = finds.flatMap(({ wanted }) => (wanted['head.taskType'] as { $in: string[] }).$in);
    expect(named).toEqual(types.filter((type) => type !== 'type-7'));
    for (const { wanted } of finds) expect(wanted['head.status']).toEqual({ $in: TASK_STATUSES });
  });

  it.each([
    [{ statuses: [] }],
    [{ taskTypes: [] }],
    [{ taskTypes: ['ocr'], notTaskTypes: ['ocr'] }],
    [{ notTaskTypes: types }],
    [{ key: 'b/1', keyPrefix: 'a/' }],
  ] as [ListFilter][])('ask for nothing where nothing can be: %j', async (filter) => {
    expect(await findsOf(filter, types)).toEqual([]);
  });
});

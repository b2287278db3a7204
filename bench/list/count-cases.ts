import { COUNTED_TASKS_MAX } from '../../shared/core/ports/read-model.js';
import type { ListFilter } from '../../shared/core/ports/task-filter.js';
import { createdSecond, DUE, LATE, LIMIT } from './listed-tasks.js';

/** A count that is measured. */
export interface CountCase {
  name: string;
  filter: ListFilter | ((tasks: number) => ListFilter);
  /** How many tasks are counted in a store of so many. */
  counted: number | ((tasks: number) => number);
}

/** The second of creation from which on `tasks / 2` are in the small store, and as many in the large one. */
const sinceOf = (tasks: number): string => createdSecond(tasks - 500);

/** As many are counted in a store of any size. */
const EQUAL: readonly CountCase[] = [
  { name: `a status of ${LIMIT}`, filter: { statuses: ['cancelled'] }, counted: LIMIT },
  { name: 'project', filter: (tasks) => ({ projectId: 1, createdAfter: sinceOf(tasks) }), counted: 251 },
  { name: 'label', filter: (tasks) => ({ labels: ['team:7'], createdAfter: sinceOf(tasks) }), counted: 25 },
  { name: 'word', filter: (tasks) => ({ words: ['even'], createdAfter: sinceOf(tasks) }), counted: 377 },
  {
    name: 'word of an error',
    filter: (tasks) => ({ errorWords: ['reason7'], createdAfter: sinceOf(tasks) }),
    counted: 25,
  },
  {
    name: 'key prefix',
    filter: (tasks) => ({ keyPrefix: 'crawl/', createdAfter: sinceOf(tasks) }),
    counted: 501,
  },
  { name: 'ended after', filter: { endedAfter: LATE }, counted: LIMIT },
  { name: 'started after', filter: { startedAfter: LATE }, counted: LIMIT },
  {
    name: 'started after, and project',
    filter: { startedAfter: LATE, projectId: 2 },
    counted: LIMIT,
  },
  {
    name: 'started after, and status',
    filter: { startedAfter: LATE, statuses: ['completed', 'failed'] },
    counted: LIMIT,
  },
  { name: 'due before', filter: { dueBefore: DUE }, counted: LIMIT },
];

/** More are counted in a large store: up to the limit. */
const GROWING: readonly CountCase[] = (
  [
    ['no filter', {}, 1],
    ['project', { projectId: 1 }, 1 / 2],
    ['label of half of the tasks', { labels: ['tier:odd'] }, 1 / 2],
    ['a word of every task', { words: ['crawl'] }, 1],
    ['started before', { startedBefore: LATE }, 1 - LIMIT / 1_000],
  ] as const
).map(([name, filter, share]) => ({
  name: `${name}, for each of up to ${COUNTED_TASKS_MAX}`,
  filter,
  counted: (tasks) => Math.min(COUNTED_TASKS_MAX, tasks * share),
}));

/** Each is the same in a store of any size, or is divided by what it counts. */
export const COUNT_CASES: readonly CountCase[] = [...EQUAL, ...GROWING];

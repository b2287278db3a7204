import { LIST_INCLUDES, type TaskInclude } from '../../shared/core/contracts/task-fields.js';
import { TASK_STATUSES } from '../../shared/core/domain/task.js';
import { LIST_ORDERS, type ListOrder } from '../../shared/core/ports/list-order.js';
import type { ListFilter } from '../../shared/core/ports/task-filter.js';
import { createdSecond, DUE, keyOf, LATE, LIMIT, STATUSES, TASK_TYPES } from './listed-tasks.js';

const [projectId, statuses, taskTypes] = [1, ['completed'] as const, ['ocr']];

const idsBefore = (tasks: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => tasks - at);

/** In the middle of both stores: half of the tasks were created before it. */
const middleOf = (tasks: number): string => createdSecond(tasks / 2);

/** A list that is measured. */
export interface ListCase {
  name: string;
  filter: ListFilter | ((tasks: number) => ListFilter);
  include?: readonly TaskInclude[];
  order?: ListOrder;
  /** How many tasks the list shows, where the filter leaves no whole page. */
  shown?: number;
}

/** Each is the same in a store of any size. */
export const LIST_CASES: readonly ListCase[] = [
  // Every combination of the three filters, and those with several values.
  { name: 'no filter', filter: {} },
  { name: 'project', filter: { projectId } },
  { name: 'status', filter: { statuses } },
  { name: 'type', filter: { taskTypes } },
  { name: 'project and status', filter: { projectId, statuses } },
  { name: 'project and type', filter: { projectId, taskTypes } },
  { name: 'status and type', filter: { statuses, taskTypes } },
  { name: 'project, status and type', filter: { projectId, statuses, taskTypes } },
  { name: 'two statuses', filter: { statuses: ['completed', 'failed'] } },
  {
    name: 'four statuses and three types',
    filter: { statuses: TASK_STATUSES.slice(1), taskTypes: TASK_TYPES },
  },
  {
    name: 'all statuses but one',
    filter: { statuses: TASK_STATUSES.filter((status) => status !== 'completed') },
  },
  { name: 'all types but one', filter: { notTaskTypes: taskTypes } },
  {
    name: 'all statuses but one and all types but one',
    filter: { statuses: TASK_STATUSES.filter((status) => status !== 'completed'), notTaskTypes: taskTypes },
  },
  { name: 'created before', filter: (tasks) => ({ createdBefore: middleOf(tasks) }) },
  { name: 'created after', filter: (tasks) => ({ createdAfter: middleOf(tasks) }) },
  {
    name: 'created between, project and status',
    filter: (tasks) => ({
      createdAfter: createdSecond(tasks / 2 - 400),
      createdBefore: middleOf(tasks),
      projectId,
      statuses,
    }),
  },
  { name: 'key', filter: (tasks) => ({ key: keyOf(tasks / 2) }), shown: 1 },
  { name: 'key and status', filter: (tasks) => ({ key: keyOf(tasks / 2), statuses: STATUSES }), shown: 1 },
  { name: 'key prefix, one level', filter: { keyPrefix: 'crawl/' } },
  { name: 'key prefix, two levels', filter: { keyPrefix: 'crawl/even/' } },
  { name: 'key prefix and status', filter: { keyPrefix: 'crawl/even/', statuses } },
  {
    name: 'key prefix, project, status and type',
    filter: { keyPrefix: 'crawl/', projectId, statuses, taskTypes },
  },
  {
    name: 'key prefix, all statuses but one and all types but one',
    filter: {
      keyPrefix: 'crawl/even/',
      statuses: TASK_STATUSES.filter((status) => status !== 'completed'),
      notTaskTypes: taskTypes,
    },
  },
  {
    name: 'key prefix, status and created before',
    filter: (tasks) => ({ keyPrefix: 'crawl/', statuses, createdBefore: middleOf(tasks) }),
  },
  {
    name: `key prefix of all tasks and a status of ${LIMIT} of them`,
    filter: { keyPrefix: 'crawl/', statuses: ['cancelled'] },
  },
  // Of each of the 20 labels there are 50 of 1,000 tasks; so of the workers, the parents and the types of error.
  { name: 'label', filter: { labels: ['team:7'] } },
  { name: 'label and two statuses', filter: { labels: ['tier:odd'], statuses: ['completed', 'failed'] } },
  { name: 'label and project', filter: { labels: ['team:7'], projectId: 2 } },
  { name: 'two labels', filter: { labels: ['team:7', 'tier:odd'] } },
  { name: 'worker', filter: { workers: ['worker 7'] } },
  { name: 'two workers', filter: { workers: ['worker 7', 'worker 8'] } },
  { name: 'parent', filter: { parents: ['7', 'group/7'] } },
  { name: 'type of error', filter: { errorTypes: ['Error7'] } },
  { name: 'silent', filter: { silent: true } },
  {
    name: '50 ids',
    filter: (tasks) => ({ taskIds: Array.from({ length: LIMIT }, (_, at) => tasks / 2 + at) }),
  },
  { name: 'a word of every task', filter: { words: ['crawl'] } },
  { name: 'a word of some tasks', filter: { words: ['team', '7'] } },
  { name: 'a word and a status', filter: { words: ['even'], statuses } },
  { name: 'a word of an error', filter: { errorWords: ['reason7'] } },
  {
    name: 'a word of every task and one of an error',
    filter: { words: ['crawl', 'host'], errorWords: ['reason7'] },
  },
  ...LIST_ORDERS.flatMap((order): ListCase[] => [
    { name: `no filter, order ${order}`, filter: {}, order },
    { name: `project and status, order ${order}`, filter: { projectId, statuses }, order },
    { name: `type, order ${order}`, filter: { taskTypes }, order },
    { name: `all types but one, order ${order}`, filter: { notTaskTypes: taskTypes }, order },
    { name: `started after, order ${order}`, filter: (tasks) => ({ startedAfter: middleOf(tasks) }), order },
    {
      name: `ended before, order ${order}`,
      filter: (tasks) => ({ endedBefore: middleOf(tasks) }),
      order,
    },
    {
      name: `started after, which few were, order ${order}`,
      filter: { startedAfter: LATE },
      order,
    },
    {
      name: `ended after, which few did, order ${order}`,
      filter: { endedAfter: LATE },
      order,
    },
    { name: `label of half of the tasks, order ${order}`, filter: { labels: ['tier:odd'] }, order },
    { name: `two workers of 20, order ${order}`, filter: { workers: ['worker 7', 'worker 8'] }, order },
    { name: `a word of half of the tasks, order ${order}`, filter: { words: ['odd'] }, order },
  ]),
  {
    name: '500 ids, last ended first',
    filter: (tasks) => ({ taskIds: idsBefore(tasks, 500) }),
    order: '-ended',
  },
  { name: 'ended after', filter: (tasks) => ({ endedAfter: middleOf(tasks) }) },
  {
    name: 'started after, project and status',
    filter: (tasks) => ({ startedAfter: middleOf(tasks), projectId, statuses }),
  },
  { name: 'due before, which few are', filter: { dueBefore: DUE } },
  { name: 'no filter, with key and attempt', filter: {}, include: ['key', 'attempt'] },
  { name: 'no filter, with all that can be included', filter: {}, include: LIST_INCLUDES },
];

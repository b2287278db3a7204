import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stateChange } from '../projections/tasks/task-change.js';
import { EmbeddedReadModel } from '../shared/adapters/embedded/read-model/embedded-read-model.js';
import { LIST_INCLUDES, type TaskInclude } from '../shared/core/contracts/task-fields.js';
import { shownTime } from '../shared/core/contracts/time.js';
import { firstSnapshot, isFinal, TASK_STATUSES, type TaskSnapshot } from '../shared/core/domain/task.js';
import { ORDER_DEFAULT, orderParts, type ListOrder } from '../shared/core/ports/list-order.js';
import type { ListCursor, ReadModel, TaskChange } from '../shared/core/ports/read-model.js';
import type { ListFilter } from '../shared/core/ports/task-filter.js';
import type { BenchOptions } from './bench-options.js';
import { median, type BenchFigure } from './figure.js';

const FEW_TASKS = 1_000;
const LIMIT = 50;
const ROUNDS = 20;
const LISTS_PER_ROUND = 100;

// So few of each that even of 1,000 tasks more than one page is left by the narrowest filter.
const PROJECTS = [1, 2];
const STATUSES = ['completed', 'failed', 'running'] as const;
const TASK_TYPES = ['search', 'crawl', 'ocr'];

const [projectId, statuses, taskTypes] = [1, ['completed'] as const, ['ocr']];

const idsBefore = (tasks: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => tasks - at);

/** When a task ended, if it did. */
const endOf = (taskId: number): string => shownTime(endedAt(taskId));

/** In the middle of both stores: half of the tasks were created before it. */
const middleOf = (tasks: number): string => shownTime(createdAt(tasks / 2));

interface Case {
  name: string;
  filter: ListFilter | ((tasks: number) => ListFilter);
  include?: readonly TaskInclude[];
  order?: ListOrder;
  /** How many tasks the list shows, where the filter leaves no whole page. */
  shown?: number;
}

const CASES: readonly Case[] = [
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
      createdAfter: shownTime(createdAt(tasks / 2 - 400)),
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
  { name: 'no filter, oldest first', filter: {}, order: 'created' },
  { name: 'no filter, by end', filter: {}, order: 'ended' },
  { name: 'no filter, last ended first', filter: {}, order: '-ended' },
  { name: 'no filter, longest first', filter: {}, order: '-duration' },
  { name: 'project and status, last ended first', filter: { projectId, statuses }, order: '-ended' },
  { name: 'type, longest first', filter: { taskTypes }, order: '-duration' },
  {
    name: '500 ids, last ended first',
    filter: (tasks) => ({ taskIds: idsBefore(tasks, 500) }),
    order: '-ended',
  },
  {
    name: 'ended after',
    filter: (tasks) => ({
      endedAfter: shownTime(new Date(Date.parse(createdAt(tasks)) + 300_000).toISOString()),
    }),
  },
  { name: 'ended before, by end', filter: (tasks) => ({ endedBefore: endOf(tasks / 2) }), order: '-ended' },
  { name: 'started after', filter: (tasks) => ({ startedAfter: middleOf(tasks) }) },
  { name: 'no filter, with key and attempt', filter: {}, include: ['key', 'attempt'] },
  { name: 'no filter, with all that can be included', filter: {}, include: LIST_INCLUDES },
];

/**
 * The median time of a list of 50 with many tasks, against the same with 1,000, for each combination of filters.
 * Both in turns. Nearly all of the time is for making the tasks.
 */
export async function benchList({ tasks: manyTasks }: BenchOptions): Promise<BenchFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-list-'));
  try {
    const few = await filled(join(folder, 'few'), FEW_TASKS);
    const many = await filled(join(folder, 'many'), manyTasks);
    const figures: BenchFigure[] = [];
    for (const one of CASES) figures.push(await compare(one, few, many, manyTasks));
    await few.close();
    await many.close();
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(one: Case, few: ReadModel, many: ReadModel, manyTasks: number): Promise<BenchFigure> {
  const fewTimes: number[] = [];
  const manyTimes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    fewTimes.push(...(await timesUs(few, one, FEW_TASKS)));
    manyTimes.push(...(await timesUs(many, one, manyTasks)));
  }
  const measured = median(manyTimes);
  const limit = median(fewTimes);
  return {
    name: `list of ${one.shown ?? LIMIT} by ${one.name}, p50: ${manyTasks} tasks against ${FEW_TASKS}`,
    unit: 'µs',
    measured,
    limit,
    ratio: measured / limit,
    target: 1.2,
    better: 'lower',
  };
}

async function timesUs(readModel: ReadModel, one: Case, tasks: number): Promise<number[]> {
  const { include, order = ORDER_DEFAULT, shown = LIMIT } = one;
  const filter = typeof one.filter === 'function' ? one.filter(tasks) : one.filter;
  const times: number[] = [];
  for (let call = 0; call < LISTS_PER_ROUND; call++) {
    const start = performance.now();
    const { items } = await readModel.list(filter, LIMIT, before(order), include, undefined, order);
    times.push((performance.now() - start) * 1000);
    if (items.length !== shown)
      throw new Error(`${items.length} tasks are left by ${JSON.stringify(filter)} of ${tasks}`);
  }
  return times;
}

let lists = 0;

/** A place before the first task, another one each time: the first page, but none that was kept as it was asked for. */
function before(order: ListOrder): ListCursor {
  const { key, ascending } = orderParts(order);
  const count = ++lists;
  if (key === 'duration') return { at: String(1e11 + count), taskId: 1 };
  const year = ascending ? 1990 : 2100;
  return { at: shownTime(new Date(Date.UTC(year, 0) + count * 1000).toISOString()), taskId: 1 };
}

async function filled(path: string, tasks: number): Promise<ReadModel> {
  const readModel = await EmbeddedReadModel.open(path);
  const batch = 1_000;
  for (let first = 1; first <= tasks; first += batch) {
    await readModel.apply(Array.from({ length: batch }, (_, index) => exampleChange(first + index, tasks)));
  }
  // The last ones would wait in memory while list follows list, and be looked through each time.
  await readModel.close();
  return EmbeddedReadModel.open(path);
}

/** Each task is created a tenth of a second after the one before it. */
function createdAt(taskId: number): string {
  return new Date(Date.UTC(2025, 2, 12) + taskId * 100).toISOString();
}

/** Up to ten minutes later. */
function endedAt(taskId: number): string {
  return new Date(Date.parse(createdAt(taskId)) + ((taskId * 7_919) % 600_000)).toISOString();
}

function keyOf(taskId: number): string {
  return `crawl/${Math.floor(taskId / 18) % 2 === 0 ? 'even' : 'odd'}/${taskId}`;
}

/** One of so many tasks, of which `LIMIT` are cancelled: as many in each store, far from each other. */
function exampleChange(taskId: number, tasks: number): TaskChange {
  const created_at = createdAt(taskId);
  const created = {
    project_id: PROJECTS[taskId % 2]!,
    task_type: TASK_TYPES[Math.floor(taskId / 6) % 3]!,
    key: keyOf(taskId),
    total: 100,
    labels: { team: String(taskId % 20), tier: taskId % 2 === 0 ? 'even' : 'odd' },
    parent: String(taskId % 20),
  };
  const snapshot: TaskSnapshot = {
    ...firstSnapshot(created, { namespace: 'default', taskId, at: created_at }),
    status: taskId % (tasks / LIMIT) === 1 ? 'cancelled' : STATUSES[Math.floor(taskId / 2) % 3]!,
    attempt: 1,
    progress: 30,
    started_at: created_at,
    worker: `worker ${taskId % 20}`,
    error_type: `Error${taskId % 20}`,
    ...(taskId % 20 === 7 && { silent: true as const }),
  };
  if (isFinal(snapshot.status)) snapshot.completed_at = endedAt(taskId);
  return {
    ...stateChange(snapshot, 2),
    errorMessageJson: JSON.stringify(`No answer from the host, reason${taskId % 20}`),
    paramsJson: JSON.stringify({ query: 'machine learning', sources: ['semantic_scholar'], page: taskId }),
  };
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedReadModel } from '../shared/adapters/embedded/read-model/embedded-read-model.js';
import { taskItemJson } from '../shared/contracts/task-json.js';
import { shownTime } from '../shared/contracts/time.js';
import { TASK_STATUSES, type TaskSnapshot } from '../shared/domain/task.js';
import type { ListCursor, ReadModel, TaskChange, TaskFilter } from '../shared/ports/read-model.js';
import { median, type BenchFigure } from './figure.js';

const FEW_TASKS = 1_000;
const MANY_TASKS = 1_000_000;
const LIMIT = 50;
const ROUNDS = 20;
const LISTS_PER_ROUND = 100;

// So few of each that even of 1,000 tasks more than one page is left by the narrowest filter.
const PROJECTS = [1, 2];
const STATUSES = ['completed', 'failed', 'running'] as const;
const TASK_TYPES = ['search', 'crawl', 'ocr'];

const [projectId, statuses, taskTypes] = [1, ['completed'] as const, ['ocr']];

/** Every combination of the three filters, and those with several values. */
const FILTERS: readonly [name: string, filter: TaskFilter][] = [
  ['no filter', {}],
  ['project', { projectId }],
  ['status', { statuses }],
  ['type', { taskTypes }],
  ['project and status', { projectId, statuses }],
  ['project and type', { projectId, taskTypes }],
  ['status and type', { statuses, taskTypes }],
  ['project, status and type', { projectId, statuses, taskTypes }],
  ['two statuses', { statuses: ['completed', 'failed'] }],
  ['four statuses and three types', { statuses: TASK_STATUSES.slice(1), taskTypes: TASK_TYPES }],
];

/**
 * The median time of a list of 50 with 1,000,000 tasks, against the same with 1,000, for each combination of filters.
 * Both in turns. Takes about a minute and 1.5 GB of disk, nearly all of it for making the tasks.
 */
export async function benchList(): Promise<BenchFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-list-'));
  try {
    const few = await filled(join(folder, 'few'), FEW_TASKS);
    const many = await filled(join(folder, 'many'), MANY_TASKS);
    const figures: BenchFigure[] = [];
    for (const [name, filter] of FILTERS) figures.push(await compare(name, filter, few, many));
    await few.close();
    await many.close();
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(
  name: string,
  filter: TaskFilter,
  few: ReadModel,
  many: ReadModel,
): Promise<BenchFigure> {
  const fewTimes: number[] = [];
  const manyTimes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    fewTimes.push(...(await timesUs(few, filter)));
    manyTimes.push(...(await timesUs(many, filter)));
  }
  const measured = median(manyTimes);
  const limit = median(fewTimes);
  return {
    name: `list of ${LIMIT} by ${name}, p50: ${MANY_TASKS} tasks against ${FEW_TASKS}`,
    unit: 'µs',
    measured,
    limit,
    ratio: measured / limit,
    target: 1.3,
    better: 'lower',
  };
}

async function timesUs(readModel: ReadModel, filter: TaskFilter): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < LISTS_PER_ROUND; call++) {
    const start = performance.now();
    const { items } = await readModel.list(filter, LIMIT, aboveAll());
    times.push((performance.now() - start) * 1000);
    if (items.length !== LIMIT)
      throw new Error(`Only ${items.length} tasks are left by ${JSON.stringify(filter)}`);
  }
  return times;
}

let lists = 0;

/** A place before the first task, another one each time: the first page, but none that was kept as it was asked for. */
function aboveAll(): ListCursor {
  return { createdSecond: shownTime(new Date(Date.UTC(2100, 0) + ++lists * 1000).toISOString()), taskId: 1 };
}

async function filled(path: string, tasks: number): Promise<ReadModel> {
  const readModel = await EmbeddedReadModel.open(path);
  const batch = 1_000;
  for (let first = 1; first <= tasks; first += batch) {
    await readModel.apply(Array.from({ length: batch }, (_, index) => exampleChange(first + index)));
  }
  return readModel;
}

/** A task that is created a tenth of a second after the one before it. */
function exampleChange(taskId: number): TaskChange {
  const created_at = new Date(Date.UTC(2025, 2, 12) + taskId * 100).toISOString();
  const snapshot: TaskSnapshot = {
    namespace: 'default',
    task_id: taskId,
    project_id: PROJECTS[taskId % 2]!,
    task_type: TASK_TYPES[Math.floor(taskId / 6) % 3]!,
    key: null,
    status: STATUSES[Math.floor(taskId / 2) % 3]!,
    attempt: 1,
    progress: 30,
    total: 100,
    created_at,
    started_at: created_at,
    completed_at: null,
  };
  return {
    taskId,
    revision: 2,
    projectId: snapshot.project_id,
    taskType: snapshot.task_type,
    status: snapshot.status,
    createdSecond: shownTime(created_at),
    key: snapshot.key,
    attempt: snapshot.attempt,
    itemJson: taskItemJson(snapshot),
    startedAtJson: `"${shownTime(created_at)}"`,
    completedAtJson: 'null',
    paramsJson: JSON.stringify({ query: 'machine learning', sources: ['semantic_scholar'], page: taskId }),
  };
}

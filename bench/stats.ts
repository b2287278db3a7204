import type { Context } from 'koa';
import type { Parameters } from '../services/query/http/parameters.js';
import { showStats } from '../services/query/tasks/show-stats.js';
import { EmbeddedReadModel } from '../shared/adapters/embedded/read-model/embedded-read-model.js';
import { DEFAULT_TASK_TYPES } from '../shared/core/contracts/fields.js';
import type { CountChange } from '../shared/core/domain/task-counts.js';
import type { BenchOptions } from './bench-options.js';
import { fewAgainstMany } from './few-against-many.js';
import type { BenchFigure } from './figure.js';

const BATCH_TASKS = 5_000;
const PROJECTS = 20;
const ANSWERS_PER_ROUND = 100;

/** From 10 ms to about an hour, each order of magnitude as often as any other: more classes than any pipeline has. */
const [SHORTEST_MS, LONGEST_MS] = [10, 3_600_000];

const CASES = [
  { name: 'of all tasks', query: '' },
  { name: 'of one project', query: '?project_id=3' },
];

/**
 * The median time of an answer with the stats of many tasks, against the same of 1,000, all but the network. Both in turns.
 * Nearly all of the time is for counting the tasks.
 */
export function benchStats({ tasks }: BenchOptions): Promise<BenchFigure[]> {
  return fewAgainstMany({ what: 'stats ', cases: CASES, counted, timesUs }, tasks);
}

async function timesUs({ counters }: EmbeddedReadModel, query: string, tasks: number): Promise<number[]> {
  const stats = { status: () => ({ position: undefined, lagMs: 0, caughtUp: true, parkedStreams: 0 }) };
  const filters = {
    of: async ({ project_id }: Parameters) =>
      project_id === undefined ? {} : { projectId: Number(project_id) },
  };
  const answer = showStats({ counters, stats }, filters);
  const times: number[] = [];
  let text = '';
  const res = { writeHead: () => undefined, end: (content: string) => void (text = content) };
  const ctx = { req: { url: `/api/v1/tasks/stats${query}`, headers: {} }, res } as unknown as Context;
  for (let call = 0; call < ANSWERS_PER_ROUND; call++) {
    const start = performance.now();
    await answer(ctx);
    times.push((performance.now() - start) * 1000);
  }
  const { total } = (JSON.parse(text) as { data: { total: number } }).data;
  const expected = query === '' ? tasks : tasks / PROJECTS;
  if (total !== expected) throw new Error(`${total} tasks are counted, not ${expected}`);
  return times;
}

/** Counts tasks that are created, started and completed. */
async function counted(path: string, tasks: number): Promise<EmbeddedReadModel> {
  const readModel = await EmbeddedReadModel.open(path);
  let position = 0;
  for (let first = 0; first < tasks; first += BATCH_TASKS) {
    const batch = Array.from({ length: Math.min(BATCH_TASKS, tasks - first) }, (_, at) => first + at);
    const changes = batch.flatMap((task): CountChange[] => {
      const of = { projectId: task % PROJECTS, taskType: DEFAULT_TASK_TYPES[task % 6] as string };
      const durationMs = Math.round(SHORTEST_MS * (LONGEST_MS / SHORTEST_MS) ** Math.random());
      const next = (): string => String(++position).padStart(16, '0');
      return [
        { ...of, position: next(), before: undefined, after: 'pending' },
        { ...of, position: next(), before: 'pending', after: 'running' },
        { ...of, position: next(), before: 'running', after: 'completed', durationMs },
      ];
    });
    const checkpoint = { projection: 'bench', position: String(position).padStart(16, '0') };
    await readModel.counters.apply(changes, { checkpoint });
  }
  return readModel;
}

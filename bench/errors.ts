import type { Context } from 'koa';
import { listErrors } from '../services/query/errors/list-errors.js';
import { EmbeddedReadModel } from '../shared/adapters/embedded/read-model/embedded-read-model.js';
import { errorKeyOf } from '../shared/core/domain/error-key.js';
import type { SeriesChange } from '../shared/core/ports/task-series.js';
import type { BenchOptions } from './bench-options.js';
import { fewAgainstMany } from './few-against-many.js';
import type { BenchFigure } from './figure.js';

const BATCH_TASKS = 5_000;
/** Of every hour: so that the last two hours are the same in each store. */
const TASKS_PER_HOUR = 500;
const PROJECTS = 4;
const TYPES = ['search', 'crawl', 'ocr'];
const ERRORS = 20;
const ANSWERS_PER_ROUND = 50;

/** All tasks are before it. */
const END_MS = Date.UTC(2025, 2, 12);
const HOUR_MS = 3_600_000;

const ERROR_KEYS = Array.from({ length: ERRORS }, (_, error) => errorKeyOf(`Error${error}`, 'No answer'));
const LAST_TWO_HOURS = `?from=${timeOf(END_MS - 2 * HOUR_MS)}&to=${timeOf(END_MS)}`;

const CASES = [
  { name: 'of all tasks', query: '' },
  { name: 'of one project', query: '&project_id=3' },
  { name: 'of one type', query: '&task_type=ocr' },
  { name: 'one error', query: `&error_key=${ERROR_KEYS[7]}` },
];

/**
 * The median time of an answer with the errors of two hours among those of many tasks, against the same of 1,000, all but the
 * network. Both in turns. Nearly all of the time is for counting the errors.
 */
export function benchErrors({ tasks }: BenchOptions): Promise<BenchFigure[]> {
  return fewAgainstMany({ what: 'errors of two hours, ', cases: CASES, counted, timesUs }, tasks);
}

async function timesUs({ series }: EmbeddedReadModel, query: string): Promise<number[]> {
  const status = { position: undefined, lagMs: 0, caughtUp: true, parkedStreams: 0 };
  const deps = { series, seriesProjector: { status: () => status }, clock: { nowMs: () => END_MS } };
  const names = { taskTypes: TYPES, projectId: () => undefined, taskNames: () => [], family: () => [] };
  const answer = listErrors(deps, { namesFor: async () => names });
  const times: number[] = [];
  let text = '';
  const res = { writeHead: () => undefined, end: (content: string) => void (text = content) };
  const req = { url: `/api/v1/errors${LAST_TWO_HOURS}${query}`, headers: {} };
  const ctx = { req, res } as unknown as Context;
  for (let call = 0; call < ANSWERS_PER_ROUND; call++) {
    const start = performance.now();
    await answer(ctx);
    times.push((performance.now() - start) * 1000);
  }
  const { keys } = (JSON.parse(text) as { data: { keys: number } }).data;
  const expected = query.includes('error_key') ? 1 : ERRORS;
  if (keys !== expected) throw new Error(`${keys} errors are shown, not ${expected}: ${text.slice(0, 200)}`);
  return times;
}

/** Counts tasks of which each fails, the last one at the end. */
async function counted(path: string, tasks: number): Promise<EmbeddedReadModel> {
  const readModel = await EmbeddedReadModel.open(path);
  await readModel.series.keepFrom('2020-01-01');
  for (let first = 0; first < tasks; first += BATCH_TASKS) {
    const batch = Array.from({ length: Math.min(BATCH_TASKS, tasks - first) }, (_, at) => first + at);
    const changes = batch.map((task): SeriesChange => {
      const error = Math.floor(task / (PROJECTS * TYPES.length)) % ERRORS;
      return {
        position: String(task + 1).padStart(16, '0'),
        projectId: task % PROJECTS,
        taskType: TYPES[Math.floor(task / PROJECTS) % TYPES.length] as string,
        happened: 'failed',
        at: new Date(END_MS - ((tasks - task) * HOUR_MS) / TASKS_PER_HOUR).toISOString(),
        failure: {
          of: 'task',
          taskId: task + 1,
          errorKey: ERROR_KEYS[error] as string,
          errorType: `Error${error}`,
          text: 'No answer',
        },
      };
    });
    const checkpoint = { projection: 'bench', position: String(first + batch.length).padStart(16, '0') };
    await readModel.series.apply(changes, { checkpoint });
  }
  return readModel;
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

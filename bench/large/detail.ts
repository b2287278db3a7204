import { timed } from '../alone.js';
import { median, type BenchFigure } from '../figure.js';
import { HttpConnection } from '../http-connection.js';
import { getRequest } from '../http-posts.js';
import { startTaskledger, type ServerProcess } from '../server-process.js';
import { fill } from './fill.js';

const FEW_TASKS = 1_000;
const ROUNDS = 20;
const DETAILS_PER_ROUND = 100;

/** The detail of any of many tasks over HTTP, one after the other, against that of any of 1,000. In turns. */
export async function benchDetail(
  many: ServerProcess,
  tasks: number,
  emptyFolder: string,
): Promise<BenchFigure> {
  const few = await startTaskledger(emptyFolder);
  try {
    await fill(few.url, FEW_TASKS);
    const [measured, limits]: [number[], number[]] = [[], []];
    // The first round is for the compilers.
    for (let round = 0; round <= ROUNDS; round++) {
      const [fewUs, manyUs] = [await timesUs(few.url, FEW_TASKS), await timesUs(many.url, tasks)];
      if (round === 0) continue;
      limits.push(...fewUs);
      measured.push(...manyUs);
    }
    const [us, limit] = [median(measured), median(limits)];
    return {
      name: `GET detail of any task, p50: ${tasks} tasks against ${FEW_TASKS}`,
      ...{ unit: 'µs', measured: us, limit, ratio: us / limit, target: 1.2, better: 'lower' },
    };
  } finally {
    await few.stop();
  }
}

/** How long each of some details takes, of tasks that are anywhere among all. */
async function timesUs(url: string, tasks: number): Promise<number[]> {
  const connection = await HttpConnection.open(url);
  const times: number[] = [];
  for (let detail = 0; detail < DETAILS_PER_ROUND; detail++) {
    const id = 1 + Math.floor(Math.random() * tasks);
    times.push((await timed(connection, getRequest(`${url}/api/v1/tasks/${id}`))).ms * 1000);
  }
  connection.close();
  return times;
}

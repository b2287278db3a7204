import { median, type BenchFigure } from '../figure.js';
import { livesRound } from '../lives-round.js';
import { startTaskledger, type ServerProcess } from '../server-process.js';
import { fill } from './fill.js';

const FEWER_TASKS = 100_000;
const ROUNDS = 5;

/** Lives of tasks on a server that holds many, against the same on one that holds 100,000. In turns. */
export async function benchGrowth(
  many: ServerProcess,
  tasks: number,
  emptyFolder: string,
): Promise<BenchFigure> {
  const fewerTasks = Math.min(FEWER_TASKS, tasks);
  const fewer = await startTaskledger(emptyFolder);
  try {
    await fill(fewer.url, fewerTasks);
    const [rates, limits]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      limits.push((await livesRound(fewer)).rate);
      rates.push((await livesRound(many)).rate);
    }
    return {
      name: `Life of tasks at ${tasks} tasks, against at ${fewerTasks}`,
      ...{ unit: 'events/s', measured: median(rates), limit: median(limits) },
      // Of each round on its own, since the machine's speed changes from one to the next.
      ratio: median(rates.map((rate, round) => rate / (limits[round] ?? NaN))),
      ...{ target: 0.9, better: 'higher' },
    };
  } finally {
    await fewer.stop();
  }
}

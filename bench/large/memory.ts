import { median, type BenchFigure } from '../figure.js';
import { livesRound } from '../lives-round.js';
import { startTaskledger, type ServerProcess } from '../server-process.js';
import { fill } from './fill.js';
import { MemorySamples } from './memory-samples.js';

const FEW_TASKS = 1_000;
const ROUNDS = 4;

/** The memory that a server needs while it takes in tasks and holds many, against one that holds 1,000. In turns. */
export async function benchMemory(
  many: ServerProcess,
  tasks: number,
  emptyFolder: string,
): Promise<BenchFigure> {
  const few = await startTaskledger(emptyFolder);
  try {
    await fill(few.url, FEW_TASKS);
    const [measured, limits]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      limits.push(...(await whileLoaded(few)));
      measured.push(...(await whileLoaded(many)));
    }
    const [memory, limit] = [median(measured) / 1024, median(limits) / 1024];
    return {
      name: `Memory under load (own and dirty pages) after ${tasks} tasks, against after ${FEW_TASKS}`,
      ...{ unit: 'MB', measured: memory, limit, ratio: memory / limit, target: 1.5, better: 'lower' },
    };
  } finally {
    await few.stop();
  }
}

async function whileLoaded(server: ServerProcess): Promise<number[]> {
  const samples = MemorySamples.take(server.child.pid);
  await livesRound(server);
  return samples.end();
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedReadModel } from '../shared/adapters/embedded/read-model/embedded-read-model.js';
import { median, type BenchFigure } from './figure.js';

const FEW_TASKS = 1_000;
const ROUNDS = 20;

/** What is asked for of a store with many tasks, and of one with few. */
export interface GrowthBench {
  /** In the figures' names, before the case. */
  what: string;
  cases: readonly { name: string; query: string }[];
  /** Makes a store with so many tasks. */
  counted: (path: string, tasks: number) => Promise<EmbeddedReadModel>;
  /** How long each of some answers took, in microseconds. */
  timesUs: (readModel: EmbeddedReadModel, query: string, tasks: number) => Promise<number[]>;
}

/** The median time of answers out of a store with many tasks, against the same out of one with 1,000. Both in turns. */
export async function fewAgainstMany(
  { what, cases, counted, timesUs }: GrowthBench,
  manyTasks: number,
): Promise<BenchFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-growth-'));
  try {
    const few = await counted(join(folder, 'few'), FEW_TASKS);
    const many = await counted(join(folder, 'many'), manyTasks);
    const figures: BenchFigure[] = [];
    for (const { name, query } of cases) {
      const [fewTimes, manyTimes]: [number[], number[]] = [[], []];
      // The first round is for the compilers.
      for (let round = 0; round <= ROUNDS; round++) {
        const [fewUs, manyUs] = [await timesUs(few, query, FEW_TASKS), await timesUs(many, query, manyTasks)];
        if (round === 0) continue;
        fewTimes.push(...fewUs);
        manyTimes.push(...manyUs);
      }
      const [measured, limit] = [median(manyTimes), median(fewTimes)];
      figures.push({
        name: `${what}${name}, p50: ${manyTasks} tasks against ${FEW_TASKS}`,
        unit: 'µs',
        measured,
        limit,
        ratio: measured / limit,
        target: 1.2,
        better: 'lower',
      });
    }
    await few.close();
    await many.close();
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

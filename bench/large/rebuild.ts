import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchFigure } from '../figure.js';
import { CHANGES_PER_TASK } from '../lives.js';
import { caughtUp, startTaskledger } from '../server-process.js';
import { MemorySamples } from './memory-samples.js';
import { rawReadRate } from './raw-read.js';

const REBUILD_MS_MAX = 3_600_000;

/**
 * Building the read model again from the whole ledger: events a second, from the start of the program, against a raw read of
 * the ledger; and the most memory that it needs in the second half, against the first half.
 *
 * @param dataDir The folder with the tasks, of a server that has ended. Its read model is removed.
 */
export async function benchRebuild(dataDir: string, tasks: number): Promise<BenchFigure[]> {
  const events = tasks * CHANGES_PER_TASK;
  await rm(join(dataDir, 'read-model'), { recursive: true, force: true });
  const limit = await rawReadRate(join(dataDir, 'ledger'), events);
  const startedAt = performance.now();
  const server = await startTaskledger(dataDir);
  const samples = MemorySamples.take(server.child.pid);
  let measured: number;
  let kilobytes: number[];
  try {
    await caughtUp(server.url, REBUILD_MS_MAX);
    measured = (events * 1000) / (performance.now() - startedAt);
    kilobytes = await samples.end();
  } finally {
    await server.stop();
  }
  const half = Math.ceil(kilobytes.length / 2);
  const [first, second] = [Math.max(...kilobytes.slice(0, half)), Math.max(...kilobytes.slice(half))];
  return [
    {
      name: `Rebuild of the read model with ${tasks} tasks, against a raw read of the ledger`,
      ...{ unit: 'events/s', measured, limit, ratio: measured / limit, target: 0.25, better: 'higher' },
    },
    {
      name: 'Most memory in the second half of the rebuild, against the first half',
      ...{ unit: 'MB', measured: second / 1024, limit: first / 1024 },
      ...{ ratio: second / first, target: 1.2, better: 'lower' },
    },
  ];
}

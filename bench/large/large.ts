import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchOptions } from '../bench-options.js';
import type { BenchFigure } from '../figure.js';
import { startTaskledger } from '../server-process.js';
import { benchBytes } from './bytes.js';
import { benchDetail } from './detail.js';
import { fill } from './fill.js';
import { benchGrowth } from './growth.js';
import { benchMemory } from './memory.js';
import { benchRebuild } from './rebuild.js';
import { benchRestart } from './restart.js';

/**
 * The program with millions of tasks that have lived through it over HTTP: bytes, growth, memory, starts and a rebuild, all
 * on the same folder. Nearly all of the time is for making the tasks.
 */
export async function* benchLarge({ tasks }: BenchOptions): AsyncGenerator<BenchFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-large-'));
  const dataDir = join(folder, 'data');
  let total: number;
  try {
    const server = await startTaskledger(dataDir);
    try {
      await fill(server.url, tasks);
      yield* await benchBytes(server, dataDir, tasks);
      yield await benchGrowth(server, tasks, join(folder, 'fewer'));
      yield await benchMemory(server, tasks, join(folder, 'few'));
      yield await benchDetail(server, tasks, join(folder, 'few-again'));
      total = await tasksOf(server.url);
    } finally {
      await server.stop();
    }
    yield* await benchRebuild(dataDir, total);
    yield* await benchRestart(dataDir, total, join(folder, 'empty'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How many tasks there are. */
async function tasksOf(url: string): Promise<number> {
  const { data } = (await (await fetch(`${url}/api/v1/tasks/stats`)).json()) as { data: { total: number } };
  return data.total;
}

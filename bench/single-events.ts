import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchOptions } from './bench-options.js';
import { median, type BenchFigure } from './figure.js';
import { allTaken, sendRows } from './http-posts.js';
import { CHANGES_PER_TASK } from './lives.js';
import { singleRows } from './publish-lives.js';
import { caughtUp, startTaskledger } from './server-process.js';
import { startBarePost } from './start-bare-post.js';

const CONNECTIONS = 64;
const ROUNDS = 7;
const TASKS_PER_ROUND = 1_280;

const NAME = `Single events from ${CONNECTIONS} connections`;

/**
 * The lives of tasks, each event in a request of its own, as fast as 64 connections can, against a bare Koa answering the
 * same requests, and against another version of the program. All in turns.
 */
export async function benchSingleEvents({ baseline }: BenchOptions): Promise<BenchFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-single-'));
  const server = await startTaskledger(join(folder, 'data'));
  const before = baseline && (await startTaskledger(join(folder, 'before'), baseline));
  const bare = await startBarePost();
  try {
    const [rates, limits, befores]: [number[], number[], number[]] = [[], [], []];
    // The first round is for the compilers.
    for (let round = 0; round <= ROUNDS; round++) {
      const limit = await rate(bare.url, () => true);
      const measured = await rateUntilCaughtUp(server.url);
      const then = before && (await rateUntilCaughtUp(before.url));
      if (round === 0) continue;
      limits.push(limit);
      rates.push(measured);
      if (then) befores.push(then);
    }
    const figure = (against: string, others: number[], target: number): BenchFigure => ({
      name: `${NAME}, against ${against}`,
      ...{ unit: 'events/s', measured: median(rates), limit: median(others) },
      // Of each round on its own, since the machine's speed changes from one to the next.
      ratio: median(rates.map((each, round) => each / (others[round] ?? NaN))),
      ...{ target, better: 'higher' },
    });
    const figures = [figure('a bare Koa answering them', limits, 0.5)];
    if (before) figures.push(figure('the baseline', befores, 2));
    return figures;
  } finally {
    await Promise.all([server.stop(), bare.stop(), before && before.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Answers a second. */
async function rate(url: string, isTaken: (answer: Buffer) => boolean): Promise<number> {
  const ms = await sendRows(url, singleRows(url, TASKS_PER_ROUND), CONNECTIONS, isTaken);
  return (TASKS_PER_ROUND * CHANGES_PER_TASK * 1000) / ms;
}

/** What is left to be projected of one round must not slow down the next. */
async function rateUntilCaughtUp(url: string): Promise<number> {
  const measured = await rate(url, allTaken(1));
  await caughtUp(url);
  return measured;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, type BenchFigure } from './figure.js';
import { requestRate } from './http-load.js';
import { ingestRate, lifeRows } from './publish-lives.js';
import { caughtUp, startServer, startTaskledger } from './server-process.js';

const ROUNDS = 9;
const ROUND_MS = 500;
/** Of 100 tasks each. */
const ROWS = 10;

/** What is asked for, and how much of a bare Koa's rate it should reach. */
const CASES = [
  { name: 'GET list of 50', path: '/api/v1/tasks', target: 0.65 },
  { name: 'GET detail', path: '/api/v1/tasks/7', target: 0.85 },
];

/** Lists and details through the whole program, against a bare Koa that answers a constant text of the same size. */
export async function benchHttp(): Promise<BenchFigure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskledger-bench-http-'));
  const taskledger = await startTaskledger(dataDir);
  try {
    await ingestRate(taskledger.url, lifeRows(taskledger.url, ROWS));
    await caughtUp(taskledger.url);
    const sizes = await Promise.all(
      CASES.map(async ({ path }) => {
        const answer = await (await fetch(`${taskledger.url}${path}`)).arrayBuffer();
        return `${path}=${answer.byteLength}`;
      }),
    );
    const script = fileURLToPath(new URL('bare-koa.js', import.meta.url));
    const bare = await startServer([script, ...sizes], {});
    try {
      const figures: BenchFigure[] = [];
      for (const each of CASES) figures.push(await compare(each, taskledger.url, bare.url));
      return figures;
    } finally {
      await bare.stop();
    }
  } finally {
    await taskledger.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function compare(
  { name, path, target }: (typeof CASES)[number],
  url: string,
  bareUrl: string,
): Promise<BenchFigure> {
  const [rates, limits, ratios]: [number[], number[], number[]] = [[], [], []];
  // The first round is for the compilers.
  for (let round = 0; round <= ROUNDS; round++) {
    const limit = await requestRate(`${bareUrl}${path}`, ROUND_MS);
    const rate = await requestRate(`${url}${path}`, ROUND_MS);
    if (round === 0) continue;
    rates.push(rate);
    limits.push(limit);
    ratios.push(rate / limit);
  }
  return {
    name: `${name}, against a bare Koa answering a constant of the same size`,
    unit: 'requests/s',
    measured: median(rates),
    limit: median(limits),
    // Of each round on its own, since the machine's speed changes from one to the next.
    ratio: median(ratios),
    target,
    better: 'higher',
  };
}

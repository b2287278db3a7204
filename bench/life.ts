import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchOptions } from './bench-options.js';
import { median, type BenchFigure } from './figure.js';
import { handedEvents } from './handed-events.js';
import { CHANGES_PER_TASK, TASKS_PER_BATCH } from './lives.js';
import { processorUs } from './process-usage.js';
import { lifeRows, publishLives } from './publish-lives.js';
import { APPENDERS, RawLedger } from './raw-ledger.js';
import { caughtUp, startTaskledger, type ServerProcess } from './server-process.js';

const ROUNDS = 5;
/** Of 600 events each. Enough that the ends of a round, when not every connection has a request under way, hardly count. */
const ROWS_PER_ROUND = 2 * APPENDERS;
const RAW_EVENTS_PER_ROUND = 18_000;

const NAME = `Life of tasks over HTTP in batches of ${TASKS_PER_BATCH} events of ${TASKS_PER_BATCH} tasks, until projected and counted`;

/**
 * The lives of tasks through the whole program until all of it shows, against LMDB alone putting the same bytes from 64
 * appenders, and against another version of the program. All in turns.
 */
export async function benchLife({ baseline }: BenchOptions): Promise<BenchFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-life-'));
  const raw = new RawLedger(join(folder, 'raw'));
  const server = await startTaskledger(join(folder, 'data'));
  const before = baseline && (await startTaskledger(join(folder, 'before'), baseline));
  try {
    const handed = (await handedEvents()).map(({ records }) => records);
    const events = Array.from({ length: RAW_EVENTS_PER_ROUND }, (_, index) => handed[index % handed.length]!);
    const rounds: Record<'now' | 'before', Round[]> = { now: [], before: [] };
    const limits: number[] = [];
    // The first round is for the compilers.
    for (let round = 0; round <= ROUNDS; round++) {
      const limit = await raw.rate(events);
      const now = await measure(server);
      const then = before && (await measure(before));
      if (round === 0) continue;
      limits.push(limit);
      rounds.now.push(now);
      if (then) rounds.before.push(then);
    }
    const figures = [
      compare('rate', rounds.now, limits, {
        ...{ name: `${NAME}, against LMDB with sequential keys alone, ${APPENDERS} appenders` },
        ...{ unit: 'events/s', target: 0.7, better: 'higher' },
      }),
    ];
    if (before) {
      const of = (member: keyof Round): number[] => rounds.before.map((round) => round[member]);
      figures.push(
        compare('rate', rounds.now, of('rate'), {
          ...{ name: `${NAME}, against the baseline`, unit: 'events/s', target: 2, better: 'higher' },
        }),
        compare('processorUs', rounds.now, of('processorUs'), {
          ...{ name: 'Processor time an event, same load, against the baseline', unit: 'µs' },
          ...{ target: 0.5, better: 'lower' },
        }),
      );
    }
    return figures;
  } finally {
    await Promise.all([server.stop(), before && before.stop()]);
    await raw.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Round {
  /** Events a second. */
  rate: number;
  /** The server's processor time for each event, in microseconds. */
  processorUs: number;
}

/** What is left to be projected when the last batch is answered counts, too: else it would slow down whoever is next. */
async function measure({ url, child }: ServerProcess): Promise<Round> {
  const rows = lifeRows(url, ROWS_PER_ROUND);
  const events = ROWS_PER_ROUND * CHANGES_PER_TASK * TASKS_PER_BATCH;
  const usedUs = await processorUs(child.pid);
  const start = performance.now();
  await publishLives(url, rows);
  await caughtUp(url);
  const ms = performance.now() - start;
  return { rate: (events * 1000) / ms, processorUs: ((await processorUs(child.pid)) - usedUs) / events };
}

function compare(
  member: keyof Round,
  rounds: readonly Round[],
  limits: readonly number[],
  about: Pick<BenchFigure, 'name' | 'unit' | 'target' | 'better'>,
): BenchFigure {
  return {
    ...about,
    measured: median(rounds.map((round) => round[member])),
    limit: median(limits),
    // Of each round on its own, since the machine's speed changes from one to the next.
    ratio: median(rounds.map((round, index) => round[member] / (limits[index] ?? NaN))),
  };
}

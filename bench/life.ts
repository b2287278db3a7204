import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchOptions } from './bench-options.js';
import { median, type BenchFigure } from './figure.js';
import { handedEvents } from './handed-events.js';
import { TASKS_PER_BATCH } from './lives.js';
import { livesRound, type LivesRound } from './lives-round.js';
import { APPENDERS, RawLedger } from './raw-ledger.js';
import { startTaskledger } from './server-process.js';

const ROUNDS = 5;
const RAW_EVENTS_PER_ROUND = 36_000;

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
    const rounds: Record<'now' | 'before', LivesRound[]> = { now: [], before: [] };
    const limits: number[] = [];
    // The first round is for the compilers.
    for (let round = 0; round <= ROUNDS; round++) {
      const limit = await raw.rate(events);
      const now = await livesRound(server);
      const then = before && (await livesRound(before));
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
      const of = (member: keyof LivesRound): number[] => rounds.before.map((round) => round[member]);
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

function compare(
  member: keyof LivesRound,
  rounds: readonly LivesRound[],
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

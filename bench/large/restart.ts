import { join } from 'node:path';
import { once } from 'node:events';
import { median, type BenchFigure } from '../figure.js';
import { lifeRows, publishLives } from '../publish-lives.js';
import { APPENDERS } from '../raw-ledger.js';
import { caughtUp, startTaskledger, type ServerProcess } from '../server-process.js';

const STARTS = 5;
/** Each connection has begun its second row when the process is killed. */
const ROWS_BEFORE_KILL = APPENDERS + APPENDERS / 2;
const READY_MS_MAX = 600_000;

/**
 * How long the program takes from its start until it is ready, with many tasks, after it was told to end and after it was
 * killed under load, against an empty folder. In turns.
 *
 * @param dataDir The folder with the tasks, of a server that has ended.
 * @param emptyIn A folder for empty ones.
 */
export async function benchRestart(dataDir: string, tasks: number, emptyIn: string): Promise<BenchFigure[]> {
  const [ended, killed, empty]: [number[], number[], number[]] = [[], [], []];
  for (let start = 0; start < STARTS; start++) {
    await (await measured(join(emptyIn, `${start}`), empty)).stop();
    const running = await measured(dataDir, ended);
    await killUnderLoad(running);
    await (await measured(dataDir, killed)).stop();
  }
  const figure = (how: string, times: readonly number[], target: number): BenchFigure => {
    const [ms, limit] = [median(times), median(empty)];
    return {
      name: `Start until ready with ${tasks} tasks ${how}, against an empty folder`,
      ...{ unit: 'ms', measured: ms, limit, ratio: ms / limit, target, better: 'lower' },
    };
  };
  return [figure('after SIGTERM', ended, 2), figure('after kill -9 under load', killed, 4)];
}

/** Starts a server and waits until it is ready. @param times Where to put how long that took, in milliseconds. */
async function measured(dataDir: string, times: number[]): Promise<ServerProcess> {
  const startedAt = performance.now();
  const server = await startTaskledger(dataDir);
  await caughtUp(server.url, READY_MS_MAX);
  times.push(performance.now() - startedAt);
  return server;
}

async function killUnderLoad({ url, child }: ServerProcess): Promise<void> {
  const rows = lifeRows(url, 2 * APPENDERS);
  const exited = once(child, 'exit');
  const killing = function* (): Generator<readonly Buffer[]> {
    for (const [index, row] of rows.entries()) {
      if (index === ROWS_BEFORE_KILL) child.kill('SIGKILL');
      yield row;
    }
  };
  const published = await publishLives(url, killing()).then(
    () => true,
    () => false,
  );
  if (published) throw new Error('The process was not killed while it was under load');
  await exited;
}

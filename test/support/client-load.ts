import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { TaskledgerClient, TaskRun } from '../../clients/typescript/src/index.js';
import type { LedgerAudit } from './ledger-audit.js';

/** How often the server is killed. */
export const KILLS = 10;

/** Tasks between two kills; three events each, beside progress. */
const TASKS_A_ROUND = 310;
const WORKERS = 32;

/** What a load has come to. */
export interface ClientLoad {
  runs: TaskRun[];
  /** Runs whose end was only in the buffer when they ended. */
  kept: number;
}

/**
 * Runs tasks through a client while the server is killed in the middle of each round, and started again.
 *
 * @param killAndRestart Resolves when the server is started again.
 */
export async function runThroughKills(
  ledger: TaskledgerClient,
  killAndRestart: () => Promise<void>,
): Promise<ClientLoad> {
  const runs: TaskRun[] = [];
  let next = 0;
  const flush = async (): Promise<void> => expect(await ledger.flush({ timeoutMs: 60_000 })).toBe(true);
  for (let round = 0; round <= KILLS; round++) {
    // What ended while the server was away is sent first, so that each kill meets requests that are under way.
    await flush();
    const last = next + TASKS_A_ROUND;
    const killAfter = runs.length + TASKS_A_ROUND / 2;
    let killed: Promise<void> | undefined;
    const work = async (): Promise<void> => {
      while (next < last) {
        const task = next++;
        runs.push(await oneTask(ledger, task));
        if (round < KILLS && runs.length >= killAfter) killed ??= killAndRestart();
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
    await killed;
  }
  await flush();
  return { runs, kept: runs.filter(({ recorded }) => !recorded).length };
}

/** Half of the tasks have a key, the others have none. */
function oneTask(ledger: TaskledgerClient, number: number): Promise<TaskRun> {
  const key = number % 2 === 0 ? { key: `load/${number}` } : {};
  const creation = { projectId: 1, taskType: 'index', params: { number }, total: 3, ...key };
  return ledger.run(creation, async (task) => {
    task.progress(1);
    await nextTurn();
    task.progress(2);
    return { number };
  });
}

/** Tests that everything that was run is in the ledger, once and in order. */
export function expectAllRecorded(
  outcome: () => { load: ClientLoad; audit: LedgerAudit; warnings: string[] },
): void {
  const streams = () => [...outcome().audit.streams].filter(([name]) => name.startsWith('task-'));

  it(`ran more than 10,000 events through ${KILLS} kills`, () => {
    const { load, warnings } = outcome();
    expect(load.runs.every(({ status }) => status === 'completed')).toBe(true);
    expect(load.runs.length * 3).toBeGreaterThan(10_000);
    expect(streams().flatMap(([, events]) => events).length).toBeGreaterThan(load.runs.length * 3);
    expect(warnings.filter((code) => code !== 'TASKLEDGER_AWAY')).toEqual([]);
  });

  it('lost none and doubled none', () => {
    const { load, audit } = outcome();
    const numbers = streams().map(([, [created]]) => (created?.data as any).params.value.number as number);
    expect(numbers.sort((a, b) => a - b)).toEqual(load.runs.map((_, at) => at));
    const ids = streams().flatMap(([, events]) => events.map(({ metadata }) => metadata.event_id));
    expect(new Set(ids).size).toBe(ids.length);
    expect([...audit.streams.keys()].filter((name) => name.startsWith('taskEvidence-'))).toEqual([]);
  });

  it('kept the order of each task', () => {
    for (const [, events] of streams()) {
      const types = events.map(({ type }) => type).join(' ');
      expect(types).toMatch(/^TaskCreated TaskStarted( TaskProgressed){0,2} TaskCompleted$/);
      const progress = events.flatMap(({ type, data }) =>
        type === 'TaskProgressed' ? [(data.after as { progress: number }).progress] : [],
      );
      expect(progress).toEqual([...progress].sort());
      expect(progress.at(-1)).toBe(2);
    }
  });

  it('has hash chains that verify, every one', () => {
    expect(outcome().audit.chainFaults).toEqual([]);
  });
}

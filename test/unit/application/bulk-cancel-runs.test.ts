import { describe, expect, it } from '@jest/globals';
import { BulkCancelRuns } from '../../../services/commands/bulk-cancel-runs.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { silentLogger } from '../../support/command-side.js';

/** A step that waits until the test lets it go. */
interface HeldStep {
  id: string;
  signal: AbortSignal;
  end: (result: 'more' | 'finished' | Error) => void;
}

/** Runs whose steps are held, and word of each that begins. */
function heldRuns(underWay: string[] = []) {
  const steps: HeldStep[] = [];
  let told: () => void = () => undefined;
  const step = (id: string, signal: AbortSignal): Promise<'more' | 'finished'> =>
    new Promise((resolve, reject) => {
      const end = (result: 'more' | 'finished' | Error): void =>
        result instanceof Error ? reject(result) : resolve(result);
      steps.push({ id, signal, end });
      told();
    });
  const runs = new BulkCancelRuns({
    bulkCancels: {
      async *underWay() {
        yield* underWay;
      },
    },
    execution: { step },
    logger: silentLogger,
  });
  /** The steps begun so far, once there are as many. */
  const begun = async (count: number): Promise<HeldStep[]> => {
    while (steps.length < count) await new Promise<void>((resolve) => (told = resolve));
    return steps;
  };
  return { runs, steps, begun };
}

const idsOf = (steps: HeldStep[]): string[] => steps.map(({ id }) => id);

describe('the runs of bulk cancels', () => {
  it('work on two at once; the others wait for their turn', async () => {
    const { runs, steps, begun } = heldRuns();
    for (const id of ['a', 'b', 'c', 'd']) runs.add(id);
    expect(idsOf(steps)).toEqual(['a', 'b']);
    steps[1]?.end('finished');
    expect(idsOf(await begun(3))).toEqual(['a', 'b', 'c']);
    steps[0]?.end('finished');
    steps[2]?.end('finished');
    (await begun(4))[3]?.end('finished');
    await runs.stop();
    expect(steps).toHaveLength(4);
  });

  it('work on each once at a time, step after step, until it is finished', async () => {
    const { runs, steps, begun } = heldRuns();
    runs.add('a');
    runs.add('a');
    steps[0]?.end('more');
    (await begun(2))[1]?.end('finished');
    runs.add('b');
    expect(idsOf(await begun(3))).toEqual(['a', 'a', 'b']);
    steps[2]?.end('finished');
    await runs.stop();
  });

  it('try again while the ledger is away', async () => {
    const { runs, steps, begun } = heldRuns();
    runs.add('a');
    steps[0]?.end(new UnavailableError('away'));
    (await begun(2))[1]?.end('finished');
    await runs.stop();
  });

  it('give up on one whose record is broken, and go on with the others', async () => {
    const { runs, steps, begun } = heldRuns();
    for (const id of ['a', 'b', 'c']) runs.add(id);
    steps[0]?.end(new Error('broken'));
    expect(idsOf(await begun(3))).toEqual(['a', 'b', 'c']);
    steps[1]?.end('finished');
    steps[2]?.end('finished');
    await runs.stop();
    expect(steps).toHaveLength(3);
  });

  it('go on with what a process before left under way', async () => {
    const { runs, begun } = heldRuns(['a', 'b']);
    runs.resume();
    const steps = await begun(2);
    expect(idsOf(steps)).toEqual(['a', 'b']);
    steps.forEach(({ end }) => end('finished'));
    await runs.stop();
  });

  it('take no more than there is room for', async () => {
    const { runs, steps } = heldRuns();
    for (let at = 0; at < 100; at++) {
      runs.checkRoom();
      runs.add(`${at}`);
    }
    expect(() => runs.checkRoom()).toThrow('More than 100 cancellations are under way');
    const stopped = runs.stop();
    steps.forEach(({ end }) => end('more'));
    await stopped;
  });

  it('stop when the steps in hand are done, and begin no other', async () => {
    const { runs, steps } = heldRuns();
    for (const id of ['a', 'b', 'c']) runs.add(id);
    const stopped = Promise.all([runs.stop(), runs.stop()]);
    expect(steps.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    steps.forEach(({ end }) => end('more'));
    await stopped;
    runs.add('d');
    runs.resume();
    await runs.stop();
    expect(steps).toHaveLength(2);
    expect(() => runs.checkRoom()).toThrow(/stopping/);
  });
});

import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Semaphore } from '../../../shared/kit/semaphore.js';

const PATIENCE = { waitMsMax: 100, error: () => new Error('too late') };
const turnsOfTheLoop = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

describe('weighted turns', () => {
  it('let through in order what came, never more than is allowed, and each piece in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 30 }), async (weights) => {
        const turns = new Semaphore(10);
        const begun: number[] = [];
        const underWay = new Map<number, () => void>();
        const done = weights.map((weight, index) =>
          turns.run(weight, () => {
            begun.push(index);
            return new Promise<number>((resolve) => underWay.set(index, () => resolve(index)));
          }),
        );
        while (underWay.size > 0) {
          const total = [...underWay.keys()].reduce((sum, index) => sum + (weights[index] as number), 0);
          if (underWay.size > 1) expect(total).toBeLessThanOrEqual(10);
          const [index, finish] = [...underWay][0] as [number, () => void];
          underWay.delete(index);
          finish();
          await turnsOfTheLoop();
        }
        expect(await Promise.all(done)).toEqual(weights.map((_, index) => index));
        expect(begun).toEqual([...begun].sort((left, right) => left - right));
      }),
    );
  });

  it('refuse what has waited too long, and let through what was behind it', async () => {
    jest.useFakeTimers();
    try {
      const turns = new Semaphore(10);
      let finish: () => void = () => undefined;
      const first = turns.run(6, () => new Promise<void>((resolve) => (finish = resolve)), PATIENCE);
      const heavy = turns.run(8, () => Promise.resolve('never'), PATIENCE);
      const refused = expect(heavy).rejects.toThrow('too late');
      jest.advanceTimersByTime(50);
      const light = turns.run(2, () => Promise.resolve('light'), PATIENCE);
      jest.advanceTimersByTime(50);
      await refused;
      expect(await light).toBe('light');
      finish();
      await first;
    } finally {
      jest.useRealTimers();
    }
  });

  it('go on after work that failed', async () => {
    const turns = new Semaphore(1);
    const failing = turns.run(1, () => Promise.reject(new Error('failed')), PATIENCE);
    const next = turns.run(1, () => Promise.resolve('next'), PATIENCE);
    await expect(failing).rejects.toThrow('failed');
    expect(await next).toBe('next');
  });
});

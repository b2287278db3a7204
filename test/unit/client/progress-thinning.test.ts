import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ProgressThinning } from '../../../clients/typescript/src/progress-thinning.js';

const INTERVAL_MS = 250;

describe('ProgressThinning', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('lets at most four reports a second through, each the newest of its time, and the last one', async () => {
    const released: number[] = [];
    const thinning = new ProgressThinning<number>(INTERVAL_MS, (report) => released.push(report));
    for (let progress = 1; progress < 100; progress++) {
      thinning.report(progress);
      await jest.advanceTimersByTimeAsync(10);
    }
    thinning.report(100);
    expect(released).toEqual([1, 25, 50, 75]);
    await jest.advanceTimersByTimeAsync(INTERVAL_MS);
    expect(released).toEqual([1, 25, 50, 75, 100]);
    await jest.advanceTimersByTimeAsync(10 * INTERVAL_MS);
    expect(released).toHaveLength(5);
  });

  it('is not held up by a clock that is set back', async () => {
    const released: number[] = [];
    const thinning = new ProgressThinning<number>(INTERVAL_MS, (report) => released.push(report));
    thinning.report(1);
    await jest.advanceTimersByTimeAsync(1);
    jest.setSystemTime(Date.now() - 3_600_000);
    thinning.report(2);
    await jest.advanceTimersByTimeAsync(INTERVAL_MS);
    expect(released).toEqual([1, 2]);
  });

  it('lets out what it holds when it is told to, and nothing after that', async () => {
    const released: number[] = [];
    const thinning = new ProgressThinning<number>(INTERVAL_MS, (report) => released.push(report));
    thinning.flush();
    thinning.report(1);
    thinning.report(2);
    thinning.flush();
    expect(released).toEqual([2]);
    await jest.advanceTimersByTimeAsync(INTERVAL_MS);
    expect(released).toEqual([2]);
  });

  it('forgets what it holds when it is told to', async () => {
    const released: number[] = [];
    const thinning = new ProgressThinning<number>(INTERVAL_MS, (report) => released.push(report));
    thinning.report(1);
    thinning.drop();
    await jest.advanceTimersByTimeAsync(INTERVAL_MS);
    expect(released).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { retryDelayMs } from '../../../clients/typescript/src/retries.js';

const policy = { attemptsMax: 8, retryDelayMsMin: 200, retryDelayMsMax: 5_000 };

describe('retryDelayMs', () => {
  it('is random up to a bound that doubles, to the longest', () => {
    for (const [failures, bound] of [
      [1, 200],
      [2, 400],
      [5, 3_200],
      [6, 5_000],
      [1_000, 5_000],
    ] as const) {
      const waits = Array.from({ length: 1_000 }, () => retryDelayMs(policy, failures));
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...waits)).toBeLessThan(bound);
      expect(Math.max(...waits)).toBeGreaterThan(bound / 2);
    }
  });

  it('is no shorter than the server asked for, up to the longest, and does not bring all back at the same time', () => {
    for (const [retryAfterMs, least] of [
      [1_000, 1_000],
      [60_000, 5_000],
    ] as const) {
      const waits = Array.from({ length: 100 }, () => retryDelayMs(policy, 1, retryAfterMs));
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(least);
      expect(Math.max(...waits)).toBeLessThan(least + 200);
      expect(new Set(waits).size).toBeGreaterThan(50);
    }
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addDuration,
  durationCount,
  durationQuantile,
  RELATIVE_ERROR,
  type DurationSketch,
} from '../../../shared/core/domain/duration-sketch.js';
import { exactQuantile } from '../../support/naive-stats.js';

const YEAR_MS = 365 * 24 * 3_600_000;

/** From nothing to ten thousand years, each order of magnitude as likely as any other. */
const duration = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  {
    weight: 9,
    arbitrary: fc
      .double({ min: 0, max: Math.log(10_000 * YEAR_MS), noNaN: true })
      .map((log) => Math.round(Math.exp(log))),
  },
);
const durations = fc.array(duration, { minLength: 1, maxLength: 200 });
const quantile = fc.double({ min: 0, max: 1, noNaN: true });

function sketchOf(values: readonly number[]): DurationSketch {
  const sketch: DurationSketch = {};
  for (const value of values) addDuration(sketch, value);
  return sketch;
}

describe('a sketch of durations', () => {
  it('knows every quantile to 1 % of its value', () => {
    fc.assert(
      fc.property(durations, quantile, (values, q) => {
        const exact = exactQuantile(
          [...values].sort((one, other) => one - other),
          q,
        ) as number;
        const found = durationQuantile(sketchOf(values), q) as number;
        // What the last digit of a double adds.
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * RELATIVE_ERROR * (1 + 1e-9));
      }),
      { numRuns: 1_000 },
    );
  });

  it('has no quantile of nothing', () => {
    expect(durationQuantile({}, 0.5)).toBeUndefined();
    expect(durationCount({})).toBe(0);
  });

  it('tells whole milliseconds exactly up to 49', () => {
    for (let value = 0; value < 50; value++) {
      expect(Math.round(durationQuantile(sketchOf([value]), 0.5) as number)).toBe(value);
    }
  });

  it('is merged by adding up its classes, and is the same in any order', () => {
    fc.assert(
      fc.property(durations, durations, (some, others) => {
        const merged = sketchOf(some);
        for (const [index, count] of Object.entries(sketchOf(others)))
          merged[Number(index)] = (merged[Number(index)] ?? 0) + count;
        expect(merged).toEqual(sketchOf([...others, ...some]));
        expect(durationCount(merged)).toBe(some.length + others.length);
      }),
    );
  });

  it('survives as JSON, and has few classes whatever it counts', () => {
    const sketch = sketchOf(Array.from({ length: 40_000 }, (_, index) => Math.round(1.001 ** index)));
    expect(JSON.parse(JSON.stringify(sketch))).toEqual(sketch);
    expect(Object.keys(sketchOf([0, 1, 2, 3, 10_000 * YEAR_MS])).map(Number)).toEqual([
      0,
      1,
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
    ]);
    expect(Math.max(...Object.keys(sketchOf([10_000 * YEAR_MS])).map(Number))).toBeLessThan(1_700);
  });
});

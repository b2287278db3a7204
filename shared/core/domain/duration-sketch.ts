/**
 * Durations counted in classes whose bounds grow by a constant factor, so that any quantile is known to 1 % of its value
 * whatever was counted: the sketch of Charles Masson, Jee E. Rim and Homin K. Lee, "DDSketch: A Fast and
 * Fully-Mergeable Quantile Sketch with Relative-Error Guarantees", PVLDB 12(12), 2019.
 *
 * The numbers of the classes that have any: class 0 is 0 ms, and class i + 1 reaches from γ^(i-1) to γ^i ms. Two sketches
 * are merged by adding up their classes, and the order in which durations come changes nothing. Durations are whole
 * milliseconds, so that even of ten thousand years there are no more than 1,700 classes, and none is ever given up.
 */
export type DurationSketch = Record<number, number>;

/** The most by which a quantile differs from the true one, as a part of it: α in the paper. */
export const RELATIVE_ERROR = 0.01;

/** γ in the paper: what each class's upper bound is times the one before. */
const GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GROWTH = Math.log(GROWTH);

/** Counts one more duration, of whole milliseconds from 0. */
export function addDuration(sketch: DurationSketch, durationMs: number): void {
  const index = durationMs === 0 ? 0 : 1 + Math.ceil(Math.log(durationMs) / LOG_GROWTH);
  sketch[index] = (sketch[index] ?? 0) + 1;
}

/** What is shown of durations: median and 95th percentile in whole milliseconds, `null` while there are none. */
export interface DurationSummary {
  count: number;
  medianMs: number | null;
  p95Ms: number | null;
}

/** Both to 1 % of their value, and then rounded. */
export function durationSummary(sketch: DurationSketch): DurationSummary {
  const rounded = (quantile: number): number | null => {
    const value = durationQuantile(sketch, quantile);
    return value === undefined ? null : Math.round(value);
  };
  return { count: durationCount(sketch), medianMs: rounded(0.5), p95Ms: rounded(0.95) };
}

/** How many durations were counted. */
export function durationCount(sketch: DurationSketch): number {
  return Object.values(sketch).reduce((sum, count) => sum + count, 0);
}

/**
 * The duration that as many were shorter than as `quantile` says, to 1 % of its value (algorithm 2 of the paper).
 *
 * @param quantile 0 (the shortest) to 1 (the longest).
 * @returns Milliseconds; `undefined` when nothing was counted.
 */
export function durationQuantile(sketch: DurationSketch, quantile: number): number | undefined {
  const rank = quantile * (durationCount(sketch) - 1);
  let seen = 0;
  // An object gives its members in the order of their numbers (ECMA-262, OrdinaryOwnPropertyKeys).
  for (const [index, count] of Object.entries(sketch)) {
    seen += count;
    if (seen > rank) return valueOf(Number(index));
  }
  return undefined;
}

/** What differs by no more than 1 % from anything in a class. */
function valueOf(index: number): number {
  return index === 0 ? 0 : (2 * GROWTH ** (index - 1)) / (GROWTH + 1);
}

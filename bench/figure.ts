/** One measured figure beside the limit that was measured in the same run. */
export interface BenchFigure {
  name: string;
  /** What both are counted in, for instance `events/s`. */
  unit: string;
  measured: number;
  limit: number;
  /** Measured in relation to the limit. */
  ratio: number;
  /** What the ratio should be at least or, when lower is better, at most. */
  target: number;
  /** Whether a higher ratio is better (rates) or a lower one (times). */
  better: 'higher' | 'lower';
}

/** The middle one of some measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/**
 * The median and the 99th percentile of how long something took, against the median of something else in the same run.
 *
 * @param about Names the figure: `From … until …, {p50 or p99}, against {limitName}`.
 */
export function delayFigures(
  about: string,
  limitName: string,
  delaysMs: readonly number[],
  limitsMs: readonly number[],
  targets: { p50: number; p99: number },
): BenchFigure[] {
  const limit = median(limitsMs);
  const sorted = [...delaysMs].sort((a, b) => a - b);
  const measured = { p50: median(delaysMs), p99: sorted[Math.floor(sorted.length * 0.99)] ?? NaN };
  return (['p50', 'p99'] as const).map((at) => ({
    name: `${about}, ${at}, against ${limitName}`,
    unit: 'ms',
    measured: measured[at],
    limit,
    ratio: measured[at] / limit,
    target: targets[at],
    better: 'lower',
  }));
}

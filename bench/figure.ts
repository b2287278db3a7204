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

import type { CountsByStatus, Stats } from './wire.js';

/** How many tasks are in each state. */
export type StatusCounts = CountsByStatus;

/** Counts of tasks. */
export interface TaskStats {
  /** The ledger position that they are at. */
  position: string | null;
  total: number;
  byStatus: StatusCounts;
  /** Of those that run: not heard of for longer than was promised. */
  silent: number;
  byType: Record<string, TypeStats>;
}

/** Counts of one type, and how long its completed tasks took, to 1 %. */
export interface TypeStats {
  total: number;
  byStatus: StatusCounts;
  /** Of those that run: not heard of for longer than was promised. */
  silent: number;
  /** `median` and `p95` are null while `count` is 0. */
  durationMs: { count: number; median: number | null; p95: number | null };
}

/** Counts of one project. */
export interface ProjectStats {
  projectId: number;
  total: number;
  byStatus: StatusCounts;
  /** Of those that run: not heard of for longer than was promised. */
  silent: number;
}

/** Counts as the client shows them. */
export function statsOf({ position, total, by_status, silent, by_type }: Stats): TaskStats {
  const byType = Object.entries(by_type).map(([type, counts]): [string, TypeStats] => [
    type,
    {
      total: counts.total,
      byStatus: counts.by_status,
      silent: counts.silent,
      durationMs: counts.duration_ms,
    },
  ]);
  return { position, total, byStatus: by_status, silent, byType: Object.fromEntries(byType) };
}

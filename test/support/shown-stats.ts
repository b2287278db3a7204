import { expect } from '@jest/globals';
import type { StatusCounts } from '../../shared/core/domain/task-counts.js';
import { exactQuantile, type NaiveStats } from './naive-stats.js';

/** What the API says of the counts, all pages of projects in one. */
export interface ShownStats {
  position: string | null;
  total: number;
  by_status: StatusCounts;
  silent: number;
  by_type: Record<
    string,
    {
      total: number;
      by_status: StatusCounts;
      silent: number;
      duration_ms: { count: number; median: number | null; p95: number | null };
    }
  >;
  by_project: { project_id: number; total: number; by_status: StatusCounts; silent: number }[];
}

/** Asks for all counts, page by page. */
export async function shownStats(url: string): Promise<ShownStats> {
  let shown: ShownStats | undefined;
  for (let next: string | undefined = '/api/v1/tasks/stats'; next !== undefined;) {
    const response: Response = await fetch(new URL(next, url));
    const { data } = (await response.json()) as { data: ShownStats };
    shown = shown && { ...shown, by_project: [...shown.by_project, ...data.by_project] };
    shown ??= data;
    next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  }
  return shown as ShownStats;
}

/** Expects what is shown to be what looking at every task gives. */
export function expectStats({ position: _, ...shown }: ShownStats, { by_type, ...naive }: NaiveStats): void {
  expect(shown).toEqual({
    ...naive,
    by_type: Object.fromEntries(
      Object.entries(by_type).map(([type, { durations, ...counted }]) => [
        type,
        {
          ...counted,
          duration_ms: {
            count: durations.length,
            median: about(exactQuantile(durations, 0.5)),
            p95: about(exactQuantile(durations, 0.95)),
          },
        },
      ]),
    ),
  });
}

/** Matches what is within 1 %, and what rounding to whole milliseconds adds. */
export function about(value: number | undefined): unknown {
  if (value === undefined) return null;
  return {
    asymmetricMatch: (shown: unknown) =>
      typeof shown === 'number' && Math.abs(shown - value) <= value * 0.01 + 0.5,
    toString: () => 'About',
    toAsymmetricMatcher: () => `About<${value} ms>`,
  };
}

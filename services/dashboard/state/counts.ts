import { TASK_STATUSES } from '../../../shared/core/domain/task.js';
import type { Stats, StatusCounts } from '../api/types.js';
import type { Choice } from './choice.js';
import { isEmptyFilter, NO_FILTER, type Filter } from './filter.js';

/** How many tasks there are in each state. */
export interface Counts {
  total: number;
  byStatus: StatusCounts;
}

/** Whether the tasks that a filter lets through can be counted: counts are kept by project, type and state alone. */
export function isCounted(filter: Filter): boolean {
  const { projectId, taskType, status } = NO_FILTER;
  return isEmptyFilter({ ...filter, projectId, taskType, status });
}

/**
 * What pressing each state would show, the rest of the filter being as it is; `undefined` where that is not known.
 *
 * @param stats Those of the filter's project.
 */
export function countsWithin(stats: Stats | undefined, filter: Filter): Counts | undefined {
  if (stats === undefined || !isCounted(filter)) return undefined;
  if (filter.taskType.values.length === 0) return { total: stats.total, byStatus: stats.by_status };
  const counts: Counts = {
    total: 0,
    byStatus: { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 },
  };
  for (const [type, { total, by_status }] of Object.entries(stats.by_type)) {
    if (!lets(filter.taskType, type)) continue;
    counts.total += total;
    for (const status of TASK_STATUSES) counts.byStatus[status] += by_status[status];
  }
  return counts;
}

function lets({ values, negated }: Choice, type: string): boolean {
  if (negated) return !values.includes(type);
  return values.includes(type) && !values.includes(`!${type}`);
}

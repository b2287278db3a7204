import type { Context } from 'koa';
import { noCounts, totalOf, type TypeStats } from '../../../shared/core/domain/task-counts.js';
import { answerJson } from '../http/answer.js';
import { nextLink } from '../http/base-path.js';
import { intParameter, parametersOf } from '../http/parameters.js';
import { checkTaken } from '../http/taken-parameters.js';
import { timesOf } from '../http/times.js';
import type { QueryDeps } from '../query-deps.js';
import { freshness } from '../http/freshness.js';
import { requireWhole } from './require-whole.js';
import type { TaskFilters } from './task-filters.js';

/** How many projects an answer shows; a `Link` leads to the following ones. */
const PROJECTS_MAX = 1000;

/**
 * `GET /api/v1/tasks/stats`: how many tasks there are, by status, by type and by project, and how long those that were
 * completed took. All from counts that are kept, so that it takes as long whatever the number of tasks.
 */
export function showStats(
  { counters, stats }: Pick<QueryDeps, 'counters' | 'stats'>,
  filters: Pick<TaskFilters, 'of'>,
) {
  return async (ctx: Context): Promise<void> => {
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, ['project_id', 'project', 'times', 'cursor']);
    timesOf(parameters);
    const { project_id, project } = parameters;
    const { projectId } = await filters.of({ project_id, project });
    const cursor = intParameter(parameters, 'cursor', 'one that a Link header of these stats has given');

    requireWhole(stats, 'The counts');
    // Asked before the counts are read: they are then at least as fresh as is said.
    const { position: reached = '', lagMs } = stats.status();
    const { position, byStatus, silent, byType } = (await counters.stats(projectId)) ?? noCounts();
    // Between the last event that was counted and how far the projection has come there is nothing to be counted.
    const upTo = (position > reached ? position : reached) || null;
    const data = {
      position: upTo,
      total: totalOf(byStatus),
      by_status: byStatus,
      silent,
      by_type: Object.fromEntries(
        [...byType].sort(byName).map(([type, counts]) => [type, shownType(counts)]),
      ),
    };

    const headers = freshness({ position: upTo ?? undefined, lagMs });
    if (projectId !== undefined) return answerJson(ctx, 200, 'success', JSON.stringify(data), headers);

    const projects = await counters.projects(PROJECTS_MAX, cursor);
    const by_project = projects.map((project) => ({
      project_id: project.projectId,
      total: totalOf(project.byStatus),
      by_status: project.byStatus,
      silent: project.silent,
    }));
    const last = projects.at(-1);
    if (projects.length === PROJECTS_MAX && last !== undefined)
      headers.push(...nextLink(ctx, `/api/v1/tasks/stats?cursor=${last.projectId}`));
    answerJson(ctx, 200, 'success', JSON.stringify({ ...data, by_project }), headers);
  };
}

function shownType({ byStatus, silent, durations }: TypeStats): object {
  const { count, medianMs: median, p95Ms: p95 } = durations;
  return { total: totalOf(byStatus), by_status: byStatus, silent, duration_ms: { count, median, p95 } };
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}

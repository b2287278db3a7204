import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Context } from 'koa';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import type { FailurePoint } from '../../../shared/core/ports/task-failures.js';
import { bucketStart, intervalMs } from '../../../shared/core/ports/task-series.js';
import { answerJson } from '../http/answer.js';
import { parametersOf } from '../http/parameters.js';
import { checkTaken } from '../http/taken-parameters.js';
import type { QueryDeps } from '../query-deps.js';
import { freshness } from '../http/freshness.js';
import { requireWhole } from '../tasks/require-whole.js';
import type { TaskFilters } from '../tasks/task-filters.js';
import { ErrorGroups } from './error-groups.js';
import { ERROR_PARAMETER_NAMES, errorsQueryOf, type ErrorsQuery } from './error-parameters.js';

/** How many records are read at once: a few milliseconds' worth, also where each is as large as it can be. */
const PAGE_POINTS_MAX = 50;
/** How many counts of an error in an hour of a project and type are looked at for one answer. */
const COUNTS_MAX = 50_000;

/**
 * `GET /api/v1/errors`: with which errors tasks failed. From records that are kept of each hour of a project, so that it takes as
 * long whatever the number of tasks.
 */
export function listErrors(
  { series, seriesProjector, clock }: Pick<QueryDeps, 'series' | 'seriesProjector' | 'clock'>,
  filters: Pick<TaskFilters, 'namesFor'>,
) {
  return async (ctx: Context): Promise<void> => {
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, ERROR_PARAMETER_NAMES);
    const query = errorsQueryOf(parameters, await filters.namesFor(parameters), clock.nowMs());

    requireWhole(seriesProjector, 'The errors');
    const progress = seriesProjector.status();
    const groups = new ErrorGroups(query);
    for await (const points of pagesOf(series, query)) {
      for (const point of points) groups.add(point);
      if (groups.looked > COUNTS_MAX)
        throw new InvalidRequestError(
          `errors must be asked for at most ${COUNTS_MAX} times that one was seen in an hour of a project and type: ask for a shorter time, or one project`,
        );
    }
    // Asked last: what is kept no longer by now may be missing in what was read.
    const keptFrom = await series.keptFrom();
    const [first = ''] = query.hours;
    if (keptFrom !== undefined && first < keptFrom)
      throw new InvalidRequestError(
        `from must be ${bucketStart(keptFrom)} or later: errors are not kept from before that`,
      );
    const data = {
      position: progress.position ?? null,
      from: bucketStart(first),
      to: endOf(query.hours.at(-1) as string),
      kept_from: keptFrom === undefined ? null : bucketStart(keptFrom),
      ...groups.shown(query.limit, query.times),
    };
    answerJson(ctx, 200, 'success', JSON.stringify(data), freshness(progress));
  };
}

/** The records, some at a time; what else waits in this process has its turn in between. */
async function* pagesOf(
  series: QueryDeps['series'],
  { hours, projectId }: Pick<ErrorsQuery, 'hours' | 'projectId'>,
): AsyncGenerator<FailurePoint[]> {
  if (projectId !== undefined) {
    for (let at = 0; at < hours.length; at += PAGE_POINTS_MAX, await nextTurn())
      yield series.failures(hours.slice(at, at + PAGE_POINTS_MAX), projectId);
    return;
  }
  const between = { first: hours[0] as string, last: hours.at(-1) as string };
  let after: FailurePoint | undefined;
  do {
    const points: FailurePoint[] = await series.failuresOfProjects(between, PAGE_POINTS_MAX, after);
    yield points;
    after = points.length < PAGE_POINTS_MAX ? undefined : points.at(-1);
    await nextTurn();
  } while (after !== undefined);
}

function endOf(hour: string): string {
  const end = new Date(Date.parse(bucketStart(hour)) + intervalMs('hour'));
  return `${end.toISOString().slice(0, 19)}Z`;
}

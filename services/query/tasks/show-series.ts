import type { Context } from 'koa';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import {
  bucketStart,
  intervalMs,
  type SeriesEvent,
  type SeriesPoint,
} from '../../../shared/core/ports/task-series.js';
import { answerJson } from '../http/answer.js';
import { parametersOf } from '../http/parameters.js';
import { checkTaken } from '../http/taken-parameters.js';
import type { QueryDeps } from '../query-deps.js';
import { freshness } from '../http/freshness.js';
import { requireWhole } from './require-whole.js';
import {
  SERIES_PARAMETER_NAMES,
  seriesQueryOf,
  type SeriesGroup,
  type SeriesQuery,
} from './series-parameters.js';
import type { TaskFilters } from './task-filters.js';

/** How many groups are shown; what further ones have is shown as one. */
const GROUPS_MAX = 50;
/** How many records of projects are looked at: some ten milliseconds' worth. */
const PROJECT_POINTS_MAX = 5_000;

/**
 * `GET /api/v1/tasks/series`: how many tasks were created, started or ended in each interval. From records that are kept of
 * each interval, so that it takes as long whatever the number of tasks.
 */
export function showSeries(
  { series, seriesProjector }: Pick<QueryDeps, 'series' | 'seriesProjector'>,
  filters: Pick<TaskFilters, 'namesFor'>,
) {
  return async (ctx: Context): Promise<void> => {
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, SERIES_PARAMETER_NAMES);
    const query = seriesQueryOf(parameters, await filters.namesFor(parameters));

    requireWhole(seriesProjector, 'The series');
    const progress = seriesProjector.status();
    const points = await pointsOf(series, query);
    // Asked last: what is kept no longer by now may be missing in what was read.
    const keptFrom = await series.keptFrom();
    const { interval, of, buckets } = query;
    const [first = ''] = buckets;
    if (keptFrom !== undefined && first < keptFrom)
      throw new InvalidRequestError(
        `from must be ${bucketStart(keptFrom)} or later: the series are not kept from before that`,
      );
    const data = {
      position: progress.position ?? null,
      by: interval,
      of,
      from: bucketStart(first),
      interval_s: intervalMs(interval) / 1000,
      kept_from: keptFrom === undefined ? null : bucketStart(keptFrom),
      ...shownCounts(points, query),
    };
    answerJson(ctx, 200, 'success', JSON.stringify(data), freshness(progress));
  };
}

async function pointsOf(
  series: QueryDeps['series'],
  { interval, buckets, scope, group }: SeriesQuery,
): Promise<SeriesPoint[]> {
  if (group !== 'project_id' || scope !== 'all') return series.points(interval, buckets, scope);
  const between = { first: buckets[0] as string, last: buckets.at(-1) as string };
  const points = await series.pointsOfProjects(interval, between, PROJECT_POINTS_MAX + 1);
  if (points.length <= PROJECT_POINTS_MAX) return points;
  throw new InvalidRequestError(
    `group=project_id must be asked for at most ${PROJECT_POINTS_MAX} times that a project has anything in an interval: ask for a shorter time, or a longer by`,
  );
}

/** Counts by interval. */
interface Counted {
  total: number;
  counts: number[];
}

function shownCounts(points: readonly SeriesPoint[], query: SeriesQuery): object {
  const { buckets, group } = query;
  const indexes = new Map(buckets.map((bucket, index) => [bucket, index]));
  const none = (): Counted => ({ total: 0, counts: buckets.map(() => 0) });
  const all = none();
  const groups = new Map<string | number, Counted>();
  for (const { bucket, name, count } of countedIn(points, query)) {
    const index = indexes.get(bucket) as number;
    add(all, index, count);
    if (name === undefined) continue;
    const ofGroup = groups.get(name) ?? none();
    groups.set(name, ofGroup);
    add(ofGroup, index, count);
  }
  if (group === undefined) return all;
  const largest = [...groups].sort(([one, { total: a }], [other, { total: b }]) => {
    if (a !== b) return b - a;
    return one < other ? -1 : 1;
  });
  const others = none();
  for (const [, { counts }] of largest.slice(GROUPS_MAX))
    counts.forEach((count, index) => add(others, index, count));
  return {
    ...all,
    groups: largest.slice(0, GROUPS_MAX).map(([name, counted]) => ({ [group]: name, ...counted })),
    ...(largest.length > GROUPS_MAX && { others }),
  };
}

function add(counted: Counted, index: number, count: number): void {
  counted.total += count;
  counted.counts[index] = (counted.counts[index] as number) + count;
}

/** What of some points is asked for, and under which name of the group, if there is one. */
function* countedIn(
  points: readonly SeriesPoint[],
  { events, filter: { taskTypes, notTaskTypes }, group }: SeriesQuery,
): Generator<{ bucket: string; name: string | number | undefined; count: number }> {
  for (const { bucket, scope, byType } of points) {
    for (const [taskType, counts] of byType) {
      if (taskTypes?.includes(taskType) === false || notTaskTypes?.includes(taskType) === true) continue;
      for (const event of events) {
        const count = counts[event];
        if (count !== undefined) yield { bucket, name: nameOf(group, scope, taskType, event), count };
      }
    }
  }
}

function nameOf(
  group: SeriesGroup | undefined,
  scope: SeriesPoint['scope'],
  taskType: string,
  event: SeriesEvent,
): string | number | undefined {
  switch (group) {
    case undefined:
      return undefined;
    case 'status':
      return event;
    case 'task_type':
      return taskType;
    case 'project_id':
      return scope;
  }
}

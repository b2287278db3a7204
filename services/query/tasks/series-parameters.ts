import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { isFinal, TASK_STATUSES } from '../../../shared/core/domain/task.js';
import type { TaskFilter } from '../../../shared/core/ports/task-filter.js';
import {
  bucketsBetween,
  SERIES_BUCKETS_MAX,
  SERIES_INTERVALS,
  type SeriesEvent,
  type SeriesInterval,
  type SeriesScope,
} from '../../../shared/core/ports/task-series.js';
import { single, type Parameters } from '../http/parameters.js';
import type { Json } from '../openapi/parts.js';
import { choiceFilter, oneOrMoreOf, secondFilter, type FilterParameter } from './filter-kinds.js';
import { TASK_FILTERS } from './task-filter-parameters.js';

/** What can be counted of tasks. */
const SERIES_OF = ['created', 'started', 'ended'] as const;
/** What a series can be taken apart by. */
const SERIES_GROUPS = ['status', 'task_type', 'project_id'] as const;

/** One of them. */
export type SeriesGroup = (typeof SERIES_GROUPS)[number];

const FINAL_STATUSES = TASK_STATUSES.filter(isFinal);
const STATUS = `!?(?:${FINAL_STATUSES.join('|')})`;

/** Those of its parameters that are read as filters of tasks are. */
const FILTERS = {
  from: secondFilter('The first interval is the one that this is in', (createdAfter) => ({ createdAfter })),
  to: secondFilter('The intervals begin before this', (createdBefore) => ({ createdBefore })),
  project_id: TASK_FILTERS.project_id,
  task_type: TASK_FILTERS.task_type,
  status: choiceFilter(
    'Of those that ended, only those that ended so',
    {
      value: { enum: [...FINAL_STATUSES, ...FINAL_STATUSES.map((status) => `!${status}`)] },
      text: { pattern: `^${STATUS}(?:,${STATUS})*$` },
    },
    () => oneOrMoreOf(FINAL_STATUSES),
    ({ plain, negated }) => ({
      statuses: FINAL_STATUSES.filter(
        (status) => (plain.length === 0 || plain.includes(status)) && !negated.includes(status),
      ),
    }),
  ),
} satisfies Record<string, FilterParameter>;

function choice(values: readonly string[]): Json {
  return { type: 'string', enum: values };
}

function described({ json, description, style }: FilterParameter): {
  json: Json;
  description: string;
  style?: unknown;
} {
  return { json, description, ...style };
}

/** The parameters of a series, as the description has them. */
export const SERIES_PARAMETERS: Readonly<
  Record<string, { json: Json; description: string; required?: boolean }>
> = {
  by: { json: choice(SERIES_INTERVALS), description: 'How long each interval is', required: true },
  of: { json: choice(SERIES_OF), description: 'What is counted of each task, once', required: true },
  from: { ...described(FILTERS.from), required: true },
  to: { ...described(FILTERS.to), required: true },
  project_id: described(FILTERS.project_id),
  task_type: described(FILTERS.task_type),
  status: described(FILTERS.status),
  group: { json: choice(SERIES_GROUPS), description: 'Has the counts told apart by this, too' },
};

/** Their names. */
export const SERIES_PARAMETER_NAMES = Object.keys(SERIES_PARAMETERS);

/** What of the series is asked for. */
export interface SeriesQuery {
  interval: SeriesInterval;
  of: (typeof SERIES_OF)[number];
  /** The intervals, at least one, ascending. */
  buckets: string[];
  /** What is counted. */
  events: readonly SeriesEvent[];
  scope: SeriesScope;
  filter: Pick<TaskFilter, 'taskTypes' | 'notTaskTypes'>;
  group: SeriesGroup | undefined;
}

/**
 * The series that these parameters name.
 *
 * @param taskTypes The types that there are.
 * @throws InvalidRequestError that names the parameter and what is allowed.
 */
export function seriesQueryOf(parameters: Parameters, taskTypes: readonly string[]): SeriesQuery {
  const interval = oneOf(parameters, 'by', SERIES_INTERVALS);
  const of = oneOf(parameters, 'of', SERIES_OF);
  const group = parameters.group === undefined ? undefined : oneOf(parameters, 'group', SERIES_GROUPS);
  for (const name of ['from', 'to'])
    if (parameters[name] === undefined)
      throw new InvalidRequestError(`${name} must be given: a time as in RFC 3339`);
  const filter: TaskFilter = {};
  for (const [name, parameter] of Object.entries<FilterParameter>(FILTERS))
    if (parameters[name] !== undefined) Object.assign(filter, parameter.read(parameters, name, taskTypes));

  const { createdAfter, createdBefore, projectId, statuses } = filter;
  if (of !== 'ended' && (statuses !== undefined || group === 'status'))
    throw new InvalidRequestError('status, as a filter or a group, is taken with of=ended only');
  return {
    interval,
    of,
    buckets: bucketsOf(interval, createdAfter as string, createdBefore as string),
    events: of === 'ended' ? ((statuses ?? FINAL_STATUSES) as SeriesEvent[]) : [of],
    scope: projectId ?? 'all',
    filter,
    group,
  };
}

function bucketsOf(interval: SeriesInterval, from: string, before: string): string[] {
  if (from >= before) throw new InvalidRequestError('from must be before to');
  const [fromMs, beforeMs] = [Date.parse(`${from}Z`), Date.parse(`${before}Z`)];
  const buckets = bucketsBetween(interval, fromMs, beforeMs, SERIES_BUCKETS_MAX + 1);
  if (buckets.length > SERIES_BUCKETS_MAX)
    throw new InvalidRequestError(
      `from and to must be at most ${SERIES_BUCKETS_MAX} intervals apart: ask for a shorter time, or a longer by`,
    );
  return buckets;
}

function oneOf<Value extends string>(parameters: Parameters, name: string, allowed: readonly Value[]): Value {
  const value = allowed.find((one) => one === single(parameters, name));
  if (value === undefined) throw new InvalidRequestError(`${name} must be one of ${allowed.join(', ')}`);
  return value;
}

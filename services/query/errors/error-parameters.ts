import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import type { TimeForm } from '../../../shared/core/contracts/time.js';
import { OTHER_ERRORS } from '../../../shared/core/ports/task-failures.js';
import type { TaskFilter } from '../../../shared/core/ports/task-filter.js';
import { bucketsBetween, SERIES_BUCKETS_MAX } from '../../../shared/core/ports/task-series.js';
import { intParameter, single, type Parameters } from '../http/parameters.js';
import { timesOf } from '../http/times.js';
import { secondFilter, type FilterNames, type FilterParameter } from '../tasks/filter-kinds.js';
import { TASK_FILTERS } from '../tasks/task-filter-parameters.js';

const HOUR_MS = 3_600_000;
/** How far back is looked where it is not said. */
const HOURS_DEFAULT = 24;

/** How many errors are shown. */
export const ERRORS_LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;

/** A key, as it is asked for. */
export const ERROR_KEY_SHAPE = { pattern: `^(?:[0-9a-f]{16}|${OTHER_ERRORS})$` };
const ERROR_KEY = new RegExp(ERROR_KEY_SHAPE.pattern);

/** Those of its parameters that are read as filters of tasks are. */
export const ERROR_FILTERS = {
  from: secondFilter(
    `The first hour is the one that this is in; without it ${HOURS_DEFAULT} hours before to`,
    (createdAfter) => ({
      createdAfter,
    }),
  ),
  to: secondFilter('The hours begin before this; without it now', (createdBefore) => ({ createdBefore })),
  project_id: TASK_FILTERS.project_id,
  project: TASK_FILTERS.project,
  task_type: TASK_FILTERS.task_type,
} satisfies Record<string, FilterParameter>;

/** The names of all its parameters. */
export const ERROR_PARAMETER_NAMES = [...Object.keys(ERROR_FILTERS), 'error_key', 'times', 'limit'];

/** Which errors are asked for. */
export interface ErrorsQuery {
  /** As `bucketOf` names them: at least one, ascending. */
  hours: string[];
  projectId: number | undefined;
  filter: Pick<TaskFilter, 'taskTypes' | 'notTaskTypes'>;
  errorKey: string | undefined;
  limit: number;
  times: TimeForm;
}

/**
 * The errors that these parameters name.
 *
 * @param names What is named in them.
 * @throws InvalidRequestError that names the parameter and what is allowed.
 */
export function errorsQueryOf(parameters: Parameters, names: FilterNames, nowMs: number): ErrorsQuery {
  if (parameters.project !== undefined && parameters.project_id !== undefined)
    throw new InvalidRequestError('project must be left out where project_id is given');
  const filter: TaskFilter = {};
  for (const [name, parameter] of Object.entries<FilterParameter>(ERROR_FILTERS))
    if (parameters[name] !== undefined) Object.assign(filter, parameter.read(parameters, name, names));
  const errorKey = single(parameters, 'error_key');
  if (errorKey !== undefined && !ERROR_KEY.test(errorKey))
    throw new InvalidRequestError(`error_key must be 16 hex digits in lower case, or ${OTHER_ERRORS}`);
  const limit = intParameter(parameters, 'limit', `an int from 1 to ${LIMIT_MAX}`, 1, LIMIT_MAX);
  return {
    hours: hoursOf(filter, nowMs),
    projectId: filter.projectId,
    filter,
    errorKey,
    limit: limit ?? ERRORS_LIMIT_DEFAULT,
    times: timesOf(parameters),
  };
}

function hoursOf({ createdAfter, createdBefore }: TaskFilter, nowMs: number): string[] {
  // What is recorded right now is before the next millisecond.
  const beforeMs = createdBefore === undefined ? nowMs + 1 : Date.parse(`${createdBefore}Z`);
  const fromMs =
    createdAfter === undefined ? beforeMs - HOURS_DEFAULT * HOUR_MS : Date.parse(`${createdAfter}Z`);
  if (fromMs >= beforeMs)
    throw new InvalidRequestError(`from must be before ${createdBefore === undefined ? 'now' : 'to'}`);
  const hours = bucketsBetween('hour', fromMs, beforeMs, SERIES_BUCKETS_MAX + 1);
  if (hours.length <= SERIES_BUCKETS_MAX) return hours;
  throw new InvalidRequestError(
    `from and to must be at most ${SERIES_BUCKETS_MAX} hours apart: ask for a shorter time`,
  );
}

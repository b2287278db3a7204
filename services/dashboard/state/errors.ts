import type { Errors, TaskError } from '../api/types.js';
import { tasks } from './cancellation.js';
import { filterParameters, NO_FILTER, type Filter } from './filter.js';
import { START, type Route } from './route.js';
import { dayAndTime } from './time.js';

/** The key of those that are too many in an hour to be told apart. */
export const OTHER_ERRORS = 'other';

/** What of a filter goes for errors: the counts are kept by project and type. */
export function filterOfErrors({ projectId, project, taskType }: Filter): Filter {
  return { ...NO_FILTER, projectId, project, taskType };
}

/** The errors that a route shows, as parameters of the API. */
export function errorsParameters({ filter, from, to }: Route): URLSearchParams {
  const parameters = filterParameters(filterOfErrors(filter));
  if (from !== '') parameters.set('from', from);
  if (to !== '') parameters.set('to', to);
  return parameters;
}

/** Whether all errors of the last day are shown. */
export function isWithoutCondition(route: Route): boolean {
  return errorsParameters(route).size === 0;
}

/**
 * The list of the tasks whose last attempt ended with errors of this type, in the project and types that are shown; `undefined`
 * where it has no type, by which they could be found.
 */
export function tasksOfError({ error_type }: TaskError, { filter }: Route): Route | undefined {
  if (error_type === null) return undefined;
  return { ...START, filter: { ...filterOfErrors(filter), errorTypes: [error_type] } };
}

/** How much failed, in a sentence. */
export function errorsSummary({ count, attempts, keys, errors }: Errors): string {
  const tried = attempts === 0 ? '' : `, and ${attempts.toLocaleString('en')} to be tried again`;
  const kinds = `${keys.toLocaleString('en')} ${keys === 1 ? 'error' : 'errors'}`;
  const shown = errors.length < keys ? `; these are the ${errors.length} of the most tasks` : '';
  return `${tasks(count)} failed${tried}: ${kinds}${shown}.`;
}

/** Which time they are of: `from 12 Mar 10:00:00 to 12 Mar 13:00:00 UTC`. */
export function errorsTime({ from, to }: Pick<Errors, 'from' | 'to'>, nowMs: number): string {
  return `from ${dayAndTime(from, nowMs)} to ${dayAndTime(to, nowMs)} UTC`;
}

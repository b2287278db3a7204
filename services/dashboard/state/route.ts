import { atBase } from './base-path.js';
import { filterOf, filterParameters, type Filter } from './filter.js';

/** Everything of the page that its URL says, so that a reload, a link and the back button lead to the same. */
export interface Route {
  filter: Filter;
  /** The task whose detail is open. */
  taskId: number | undefined;
  /** The bulk cancel that is open. */
  cancellationId: string | undefined;
}

/** What a query string says. */
export function routeOf(search: string): Route {
  const parameters = new URLSearchParams(search);
  const taskId = Number(parameters.get('task'));
  return {
    filter: filterOf(parameters),
    taskId: Number.isSafeInteger(taskId) && taskId > 0 ? taskId : undefined,
    cancellationId: parameters.get('cancellation') ?? undefined,
  };
}

/** The page's address for a route, from the root on. Commas and slashes stay as they are, for whoever reads it. */
export function hrefOf({ filter, taskId, cancellationId }: Route): string {
  const parameters = filterParameters(filter);
  if (taskId !== undefined) parameters.set('task', String(taskId));
  if (cancellationId !== undefined) parameters.set('cancellation', cancellationId);
  const query = parameters.toString().replaceAll('%2C', ',').replaceAll('%2F', '/').replaceAll('%3A', ':');
  return atBase(query === '' ? '/' : `/?${query.replaceAll('%21', '!')}`);
}

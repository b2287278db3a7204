import { atBase } from './base-path.js';
import { filterOf, filterParameters, NO_FILTER, type Filter } from './filter.js';

/** What the page shows: the list of tasks, or with which errors they failed. */
export type View = 'tasks' | 'errors';

/** Everything of the page that its URL says, so that a reload, a link and the back button lead to the same. */
export interface Route {
  view: View;
  /** Which tasks. Errors are of a project and types alone. */
  filter: Filter;
  /** From when and until when errors are shown, UTC; empty for the API's own. */
  from: string;
  to: string;
  /** The task whose detail is open. */
  taskId: number | undefined;
  /** The bulk cancel that is open. */
  cancellationId: string | undefined;
}

/** Every task, and nothing open. */
export const START: Route = {
  view: 'tasks',
  filter: NO_FILTER,
  from: '',
  to: '',
  taskId: undefined,
  cancellationId: undefined,
};

/** What a query string says. */
export function routeOf(search: string): Route {
  const parameters = new URLSearchParams(search);
  const taskId = Number(parameters.get('task'));
  return {
    view: parameters.get('view') === 'errors' ? 'errors' : 'tasks',
    filter: filterOf(parameters),
    from: parameters.get('from') ?? '',
    to: parameters.get('to') ?? '',
    taskId: Number.isSafeInteger(taskId) && taskId > 0 ? taskId : undefined,
    cancellationId: parameters.get('cancellation') ?? undefined,
  };
}

/** The page's address for a route, from the root on. Commas and slashes stay as they are, for whoever reads it. */
export function hrefOf({ view, filter, from, to, taskId, cancellationId }: Route): string {
  const others = {
    ...(view === 'errors' && { from, to }),
    task: taskId === undefined ? '' : String(taskId),
    cancellation: cancellationId ?? '',
  };
  const said = Object.entries(others).filter(([, value]) => value !== '');
  const parameters = new URLSearchParams([
    ...Object.entries(view === 'errors' ? { view } : {}),
    ...filterParameters(filter),
    ...said,
  ]);
  const query = parameters.toString().replaceAll('%2C', ',').replaceAll('%2F', '/').replaceAll('%3A', ':');
  return atBase(query === '' ? '/' : `/?${query.replaceAll('%21', '!')}`);
}

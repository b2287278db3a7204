import type { Navigate } from '../live/use-route.js';
import { atBase } from '../state/base-path.js';
import { filterOfErrors } from '../state/errors.js';
import { START, type Route } from '../state/route.js';
import { RouteLink } from './route-link.js';

/** The ways to the list of the tasks, to the errors and to the API. Project and types go along. */
export function Views({ route, navigate }: { route: Route; navigate: Navigate }) {
  const { view } = route;
  const filter = filterOfErrors(route.filter);
  return (
    <nav class="views" aria-label="Views">
      <RouteLink
        route={view === 'tasks' ? route : { ...START, filter }}
        navigate={navigate}
        current={view === 'tasks' ? 'page' : undefined}
      >
        Tasks
      </RouteLink>
      <RouteLink
        route={view === 'errors' ? route : { ...START, view: 'errors', filter }}
        navigate={navigate}
        current={view === 'errors' ? 'page' : undefined}
      >
        Errors
      </RouteLink>
      <a href={atBase('/docs')}>API</a>
    </nav>
  );
}

import { useCallback, useEffect, useState } from 'preact/hooks';
import { hrefOf, routeOf, type Route } from '../state/route.js';

/**
 * Changes the route as it is then, which may be further than the one that was drawn. `replace` leaves no entry in the
 * browser's history.
 */
export type Navigate = (
  change: Partial<Route> | ((before: Route) => Partial<Route>),
  how?: 'push' | 'replace',
) => void;

/** The page's route, kept in its URL. */
export function useRoute(): [Route, Navigate] {
  const [route, setRoute] = useState(() => routeOf(location.search));
  useEffect(() => {
    const onPop = (): void => setRoute(routeOf(location.search));
    addEventListener('popstate', onPop);
    return () => removeEventListener('popstate', onPop);
  }, []);
  const navigate = useCallback<Navigate>((change, how = 'push') => {
    setRoute((before) => {
      const after = { ...before, ...(typeof change === 'function' ? change(before) : change) };
      const href = hrefOf(after);
      if (href === hrefOf(before)) return after;
      if (how === 'push') history.pushState(null, '', href);
      else history.replaceState(null, '', href);
      return after;
    });
  }, []);
  return [route, navigate];
}

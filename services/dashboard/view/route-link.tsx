import type { ComponentChildren } from 'preact';
import type { Navigate } from '../live/use-route.js';
import { hrefOf, type Route } from '../state/route.js';

/** Leads to another place of the page without loading it anew. The browser's own ways (a new tab, a new window) stay. */
export function RouteLink({
  route,
  navigate,
  label,
  current,
  children,
}: {
  route: Route;
  navigate: Navigate;
  /** What it is called, where that is more than what it shows. */
  label?: string;
  /** Whether one is there: at a view, or at a task. */
  current?: 'page' | 'true' | undefined;
  children: ComponentChildren;
}) {
  const onClick = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    navigate(route);
  };
  return (
    <a href={hrefOf(route)} aria-label={label} aria-current={current} onClick={onClick}>
      {children}
    </a>
  );
}

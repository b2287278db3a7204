import type { Navigate } from '../live/use-route.js';
import type { Route } from '../state/route.js';

/** What each view of the page is given. */
export interface PageProps {
  route: Route;
  navigate: Navigate;
  /** Whether the page is on the screen. */
  visible: boolean;
  /** Opens and closes the detail of a task. */
  onOpen: (taskId: number) => void;
  onClose: () => void;
}

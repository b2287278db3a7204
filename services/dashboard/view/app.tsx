import { useCallback } from 'preact/hooks';
import { useRoute } from '../live/use-route.js';
import { useVisible } from '../live/use-visible.js';
import { ErrorsPage } from './errors-page.js';
import { focusOpener, useFocusHome } from './focus-home.js';
import { TasksPage } from './tasks-page.js';
import { useShortcuts } from './use-shortcuts.js';

/** The whole page. */
export function App() {
  const [route, navigate] = useRoute();
  const visible = useVisible();
  const open = useCallback((taskId: number) => navigate({ taskId }), []);
  const close = useCallback(() => {
    navigate({ taskId: undefined });
    focusOpener();
  }, []);
  useFocusHome();
  useShortcuts(route.taskId === undefined ? undefined : close);
  const Page = route.view === 'errors' ? ErrorsPage : TasksPage;
  return <Page route={route} navigate={navigate} visible={visible} onOpen={open} onClose={close} />;
}

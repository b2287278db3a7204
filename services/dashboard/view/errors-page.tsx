import { useEffect, useState } from 'preact/hooks';
import { REFRESH_MS } from '../live/errors-feed.js';
import { useErrors } from '../live/use-errors.js';
import { useStats } from '../live/use-stats.js';
import { atBase } from '../state/base-path.js';
import { errorsParameters } from '../state/errors.js';
import { START } from '../state/route.js';
import { duration } from '../state/time.js';
import { ErrorsEnd, ErrorsStale } from './errors-end.js';
import { ErrorsFilter } from './errors-filter.js';
import { ErrorsTable } from './errors-table.js';
import { OpenTask } from './open-task.js';
import type { PageProps } from './page-props.js';
import { Views } from './views.js';

/** With which errors tasks failed. */
export function ErrorsPage({ route, navigate, visible, onClose }: PageProps) {
  const { taskId, filter } = route;
  const { state, changing, retryNow } = useErrors(errorsParameters(route).toString(), visible);
  const stats = useStats(filter.projectId, visible, state.shown?.position, () => undefined);
  const [said, setSaid] = useState('');
  useEffect(() => {
    document.title = 'Errors – Taskledger';
  }, []);
  const { phase, shown, staleSinceMs } = state;
  const clear = (): void => navigate({ ...START, view: 'errors' });
  return (
    <div class={`page${taskId === undefined ? '' : ' with-detail'}`}>
      <header class="top">
        <h1>
          <a href={atBase('/')} onClick={(event) => (event.preventDefault(), navigate(START))}>
            Taskledger
          </a>
        </h1>
        {shown !== undefined && (
          <div class={`freshness freshness-${staleSinceMs === undefined ? 'live' : 'disconnected'}`}>
            <b>{staleSinceMs === undefined ? `Polling every ${duration(REFRESH_MS)}` : 'Not up to date'}</b>
            <span class="lag">lag {duration(shown.lagMs)}</span>
          </div>
        )}
        <Views route={route} navigate={navigate} />
      </header>
      <ErrorsFilter
        route={route}
        types={Object.keys(stats?.stats.by_type ?? {})}
        onChange={navigate}
        onClear={clear}
      />
      <main aria-label="Errors">
        <div class="list errors">
          <div class="scroller" tabIndex={-1} aria-busy={changing}>
            {phase === 'ready' && shown !== undefined && shown.errors.errors.length > 0 && (
              <ErrorsTable errors={shown.errors} route={route} navigate={navigate} />
            )}
            <ErrorsEnd state={state} route={route} onRetry={retryNow} onClear={clear} />
          </div>
        </div>
        {phase === 'ready' && staleSinceMs !== undefined && (
          <ErrorsStale error={state.error} sinceMs={staleSinceMs} onRetry={retryNow} />
        )}
      </main>
      <OpenTask taskId={taskId} onClose={onClose} onSay={setSaid} />
      <p class="unseen" aria-live="polite">
        {said}
      </p>
    </div>
  );
}

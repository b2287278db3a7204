import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { atBase } from '../state/base-path.js';
import type { TaskDetail } from '../api/types.js';
import { StaleSince } from '../live/use-known-time.js';
import { useRoute } from '../live/use-route.js';
import { useStats } from '../live/use-stats.js';
import { useTaskList } from '../live/use-task-list.js';
import { useVisible } from '../live/use-visible.js';
import { countsWithin, isCounted } from '../state/counts.js';
import { filterParameters, isEmptyFilter, NO_FILTER, type Filter } from '../state/filter.js';
import { hrefOf } from '../state/route.js';
import { BulkCancel } from './bulk-cancel.js';
import { CancelDialog } from './cancel-dialog.js';
import { Detail } from './detail.js';
import { FilterBar } from './filter-bar.js';
import { useFocusHome } from './focus-home.js';
import { Disconnected, Freshness } from './freshness.js';
import { ListEnd } from './list-end.js';
import { StatusFilter } from './status-filter.js';
import { TaskTable } from './task-table.js';
import { useShortcuts } from './use-shortcuts.js';

/** The whole page. */
export function App() {
  const [route, navigate] = useRoute();
  const { filter, taskId, cancellationId } = route;
  const visible = useVisible();
  const { list, changing, feed } = useTaskList(filterParameters(filter).toString(), visible);
  const stats = useStats(filter.projectId, visible, list.position, () => feed.current?.doubt());
  const [cancelling, setCancelling] = useState<TaskDetail>();
  const [asking, setAsking] = useState(false);
  const [said, setSaid] = useState('');
  const main = useRef<HTMLElement>(null);

  const { connection } = list;
  const disconnected = connection.state === 'disconnected';
  useEffect(() => {
    if (disconnected) setSaid('Not connected. The list is not up to date.');
    else if (connection.state === 'polling') setSaid('The newest tasks are asked for again and again.');
    else if (connection.state === 'live') setSaid((before) => (before === '' ? '' : 'Connected.'));
  }, [connection.state]);

  const counts = countsWithin(stats?.stats, filter);
  const running = counts?.byStatus.running ?? 0;
  useEffect(() => {
    document.title = running === 0 ? 'Taskledger' : `${running} running – Taskledger`;
  }, [running]);

  const setFilter = useCallback(
    (part: Partial<Filter>) => navigate((before) => ({ filter: { ...before.filter, ...part } })),
    [],
  );
  const clear = useCallback(() => navigate({ filter: NO_FILTER }), []);
  const open = useCallback((id: number) => navigate({ taskId: id }), []);
  const close = useCallback(() => {
    navigate({ taskId: undefined });
    focusList(main.current);
  }, []);
  const hrefOfTask = useMemo(
    () => (id: number) => hrefOf({ filter, taskId: id, cancellationId: undefined }),
    [filter],
  );
  useFocusHome();
  useShortcuts(taskId === undefined ? undefined : close);

  return (
    <StaleSince.Provider value={list.staleSinceMs}>
      <div class={`page${taskId === undefined ? '' : ' with-detail'}`}>
        <header class="top">
          <h1>
            <a href={atBase('/')} onClick={(event) => (event.preventDefault(), clear())}>
              Taskledger
            </a>
          </h1>
          <StatusFilter
            choice={filter.status}
            counts={counts}
            isCounted={isCounted(filter)}
            onChange={(status) => setFilter({ status })}
          />
          {(list.phase !== 'failed' || disconnected) && (
            <Freshness connection={connection} lagMs={stats?.lagMs ?? list.lagMs} position={list.position} />
          )}
          <a class="docs" href={atBase('/docs')}>
            API
          </a>
        </header>
        <FilterBar
          filter={filter}
          types={Object.keys(stats?.stats.by_type ?? {})}
          onChange={setFilter}
          canCancelAll={!isEmptyFilter(filter) && list.phase === 'ready'}
          onCancelAll={() => setAsking(true)}
        />
        <main ref={main} aria-label="Tasks">
          <TaskTable
            rows={list.rows}
            changing={changing}
            openId={taskId}
            hrefOf={hrefOfTask}
            onOpen={open}
            onHold={useCallback((hold: boolean) => feed.current?.setHold(hold), [])}
            onShowHeld={useCallback(() => feed.current?.showHeld(), [])}
            onNearEnd={useCallback(() => feed.current?.nearEnd(), [])}
            end={
              <ListEnd
                list={list}
                filtered={!isEmptyFilter(filter)}
                onOlder={() => void feed.current?.loadOlder()}
                onRetry={() => feed.current?.retryNow()}
                onClear={clear}
              />
            }
          />
          {disconnected && list.phase === 'ready' && (
            <Disconnected connection={connection} onRetry={() => feed.current?.retryNow()} />
          )}
        </main>
        {taskId !== undefined && <Detail key={taskId} id={taskId} onClose={close} onCancel={setCancelling} />}
        {cancelling !== undefined && (
          <CancelDialog
            task={cancelling}
            onClose={() => setCancelling(undefined)}
            onDone={() => {
              setCancelling(undefined);
              setSaid(`Task ${cancelling.id} is cancelled.`);
            }}
          />
        )}
        {(asking || cancellationId !== undefined) && (
          <BulkCancel
            filter={filter}
            id={cancellationId}
            onPreviewed={(id) => navigate({ cancellationId: id }, 'replace')}
            onAgain={() => {
              setAsking(true);
              navigate({ cancellationId: undefined }, 'replace');
            }}
            onClose={() => {
              setAsking(false);
              navigate({ cancellationId: undefined }, 'replace');
            }}
          />
        )}
        <p class="unseen" aria-live="polite">
          {said}
        </p>
      </div>
    </StaleSince.Provider>
  );
}

/** Gives the focus back to the row whose detail was open, or else to the list. */
function focusList(main: HTMLElement | null): void {
  const row = main?.querySelector<HTMLElement>('[aria-current="true"]') ?? main?.querySelector('.scroller');
  (row as HTMLElement | null)?.focus({ preventScroll: true });
}

import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { atBase } from '../state/base-path.js';
import { StaleSince } from '../live/use-known-time.js';
import { useStats } from '../live/use-stats.js';
import { useTaskList } from '../live/use-task-list.js';
import { countsWithin, isCounted } from '../state/counts.js';
import { filterParameters, isEmptyFilter, NO_FILTER, type Filter } from '../state/filter.js';
import { hrefOf, START } from '../state/route.js';
import { whyPolled } from '../state/streamed.js';
import { BulkCancel } from './bulk-cancel.js';
import { FilterBar } from './filter-bar.js';
import { Disconnected, Freshness } from './freshness.js';
import { ListEnd } from './list-end.js';
import { OpenTask } from './open-task.js';
import type { PageProps } from './page-props.js';
import { StatusFilter } from './status-filter.js';
import { TaskTable } from './task-table.js';
import { Views } from './views.js';

/** The list of the tasks, and what can be done with it. */
export function TasksPage({ route, navigate, visible, onOpen, onClose }: PageProps) {
  const { filter, taskId, cancellationId } = route;
  const parameters = filterParameters(filter);
  const notStreamed = whyPolled(parameters);
  const { list, changing, feed } = useTaskList(parameters.toString(), visible);
  const stats = useStats(filter.projectId, visible, list.position, () => feed.current?.doubt());
  const [asking, setAsking] = useState(false);
  const [said, setSaid] = useState('');

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
  const hrefOfTask = useMemo(() => (id: number) => hrefOf({ ...START, filter, taskId: id }), [filter]);

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
            <Freshness
              connection={connection}
              whyPolled={notStreamed}
              lagMs={stats?.lagMs ?? list.lagMs}
              position={list.position}
            />
          )}
          <Views route={route} navigate={navigate} />
        </header>
        <FilterBar
          filter={filter}
          types={Object.keys(stats?.stats.by_type ?? {})}
          onChange={setFilter}
          note={list.phase === 'ready' ? notStreamed : undefined}
          isReady={list.phase === 'ready'}
          onCancelAll={() => setAsking(true)}
        />
        <main aria-label="Tasks">
          <TaskTable
            rows={list.rows}
            changing={changing}
            openId={taskId}
            hrefOf={hrefOfTask}
            onOpen={onOpen}
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
        <OpenTask taskId={taskId} onClose={onClose} onSay={setSaid} />
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

import { atBase } from '../state/base-path.js';
import type { TaskListState } from '../live/task-list-state.js';
import { Prose } from './text.js';

/** What stands below the last row: that more is coming, that this is all, or why there is nothing. */
export function ListEnd({
  list,
  filtered,
  onOlder,
  onRetry,
  onClear,
}: {
  list: TaskListState;
  filtered: boolean;
  onOlder: () => void;
  onRetry: () => void;
  onClear: () => void;
}) {
  const count = list.rows.rows.length;
  if (list.phase === 'loading') return <Skeleton of="tasks" />;
  if (list.phase === 'failed') {
    return (
      <div class="message" role="alert">
        <h2>The tasks can’t be shown</h2>
        <p>
          <Prose text={list.error} />.
        </p>
        {list.connection.state === 'disconnected' ? (
          <button type="button" onClick={onRetry}>
            Try now
          </button>
        ) : (
          filtered && (
            <button type="button" onClick={onClear}>
              Clear the filter
            </button>
          )
        )}
      </div>
    );
  }
  if (count === 0) return <Empty filtered={filtered} onClear={onClear} />;
  if (list.older === 'failed') {
    return (
      <p class="end">
        Older tasks could not be loaded.{' '}
        <button type="button" class="quiet" onClick={onOlder}>
          Try again
        </button>
      </p>
    );
  }
  if (!list.rows.complete) return <p class="end">Loading older tasks…</p>;
  return (
    <p class="end">
      {count === 1 ? 'This is the only task.' : `These are all ${count.toLocaleString('en')}.`}
    </p>
  );
}

function Empty({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (filtered) {
    return (
      <div class="message">
        <h2>No task matches the filter</h2>
        <p>One that comes to match it shows up here by itself.</p>
        <button type="button" onClick={onClear}>
          Clear the filter
        </button>
      </div>
    );
  }
  return (
    <div class="message">
      <h2>No tasks yet</h2>
      <p>
        They show up here as soon as a pipeline publishes them. <a href={atBase('/docs')}>The API</a> says
        how.
      </p>
    </div>
  );
}

/** Where something is on its way. */
export function Skeleton({ of }: { of: string }) {
  return (
    <div class="skeleton" role="status">
      <span class="unseen">Loading the {of}</span>
      {Array.from({ length: 12 }, (_, line) => (
        <span key={line} aria-hidden="true" />
      ))}
    </div>
  );
}

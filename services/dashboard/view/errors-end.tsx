import type { ErrorsState } from '../live/errors-feed.js';
import { useSeconds } from '../live/use-seconds.js';
import { errorsTime, isWithoutCondition } from '../state/errors.js';
import type { Route } from '../state/route.js';
import { ago } from '../state/time.js';
import { Skeleton } from './list-end.js';
import { Prose } from './text.js';

/** What stands where there are no errors: that they are coming, that there are none, or why they can't be shown. */
export function ErrorsEnd({
  state: { phase, error, shown, retries },
  route,
  onRetry,
  onClear,
}: {
  state: ErrorsState;
  route: Route;
  onRetry: () => void;
  onClear: () => void;
}) {
  if (phase === 'loading') return <Skeleton of="errors" />;
  const clear = !isWithoutCondition(route) && (
    <button type="button" onClick={onClear}>
      Clear the filter
    </button>
  );
  if (phase === 'failed') {
    return (
      <div class="message" role="alert">
        <h2>The errors can’t be shown</h2>
        <p>
          <Prose text={error} />.
        </p>
        {retries ? (
          <button type="button" onClick={onRetry}>
            Try now
          </button>
        ) : (
          clear
        )}
      </div>
    );
  }
  if (shown === undefined || shown.errors.errors.length > 0) return null;
  return (
    <div class="message" role="status">
      <h2>Nothing has failed</h2>
      <p>No task and no attempt {errorsTime(shown.errors, Date.now())}.</p>
      {clear}
    </div>
  );
}

/** Says that what is shown is not kept up to date, and why. */
export function ErrorsStale({
  error,
  sinceMs,
  onRetry,
}: {
  error: string;
  sinceMs: number;
  onRetry: () => void;
}) {
  const nowMs = useSeconds();
  return (
    <div class="disconnected" role="alert">
      <span>
        <b>Not up to date.</b> {error}. The errors are as they were {ago(nowMs - sinceMs)}.
      </span>
      <button type="button" onClick={onRetry}>
        Try now
      </button>
    </div>
  );
}

import type { TaskItem } from '../api/types.js';
import { useKnownTime } from '../live/use-known-time.js';
import { shownDuration, timeMs } from '../state/time.js';

/** How long a task ran, or has been running as far as is known. */
export function Elapsed({ task }: { task: Pick<TaskItem, 'started_at' | 'completed_at'> }) {
  const { started_at, completed_at } = task;
  const nowMs = useKnownTime(Boolean(started_at) && !completed_at);
  if (!started_at) return <span class="none">–</span>;
  const startedMs = timeMs(started_at);
  // The clock here may be behind the one that the start was told by.
  return <>{shownDuration(startedMs, completed_at ? timeMs(completed_at) : Math.max(startedMs, nowMs))}</>;
}

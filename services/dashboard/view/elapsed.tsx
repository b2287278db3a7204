import type { TaskItem } from '../api/types.js';
import { useSeconds } from '../live/use-seconds.js';
import { shownDuration, timeMs } from '../state/time.js';

/** How long a task ran, or has been running. */
export function Elapsed({ task }: { task: Pick<TaskItem, 'started_at' | 'completed_at'> }) {
  const { started_at, completed_at } = task;
  const nowMs = useSeconds(Boolean(started_at) && !completed_at);
  if (!started_at) return <span class="none">–</span>;
  return <>{shownDuration(timeMs(started_at), completed_at ? timeMs(completed_at) : nowMs)}</>;
}

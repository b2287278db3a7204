import type { TaskItem } from '../api/types.js';

/** How far a task is: a bar, and the numbers for everybody who does not see it. */
export function Progress({ task }: { task: Pick<TaskItem, 'progress' | 'total' | 'status'> }) {
  const { progress, total, status } = task;
  const share = total > 0 ? progress / total : status === 'completed' ? 1 : 0;
  return (
    <span class="progress">
      <span class={`bar bar-${status}`} aria-hidden="true">
        <span class="bar-done" style={{ transform: `scaleX(${share.toFixed(4)})` }} />
      </span>
      <span class="numbers">
        {progress.toLocaleString('en')}
        {total > 0 && <span class="of"> / {total.toLocaleString('en')}</span>}
      </span>
    </span>
  );
}

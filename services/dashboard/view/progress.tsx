import type { TaskItem } from '../api/types.js';

/** How far a task is: a bar, empty where the total is not known, and the numbers for everybody who does not see it. */
export function Progress({ task }: { task: Pick<TaskItem, 'progress' | 'total' | 'status'> }) {
  const { progress, total, status } = task;
  return (
    <span class="progress">
      <span class={`bar ${total > 0 ? `bar-${status}` : 'bar-unknown'}`} aria-hidden="true">
        {total > 0 && (
          <span
            class="bar-done"
            style={{ transform: `scaleX(${Math.min(1, progress / total).toFixed(4)})` }}
          />
        )}
      </span>
      <span class="numbers">
        {progress.toLocaleString('en')}
        {total > 0 && <span class="of"> / {total.toLocaleString('en')}</span>}
      </span>
    </span>
  );
}

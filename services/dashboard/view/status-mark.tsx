import type { TaskStatus } from '../../../shared/core/domain/task.js';

/** A shape for each state, so that none is told by its colour alone. */
const SHAPES: Record<TaskStatus, string> = {
  pending: 'M8 2.75a5.25 5.25 0 1 0 0 10.5a5.25 5.25 0 1 0 0-10.5zM8 5v3.2l2 1.3',
  running: 'M5 3.4v9.2l7.6-4.6z',
  completed: 'm3 8.6 3.3 3.4 6.7-7.4',
  failed: 'm4 4 8 8M12 4l-8 8',
  cancelled: 'M8 2.75a5.25 5.25 0 1 0 0 10.5a5.25 5.25 0 1 0 0-10.5zM4.3 11.7l7.4-7.4',
};

/** A state: its shape and its name. */
export function StatusMark({ status }: { status: TaskStatus }) {
  return (
    <span class={`status status-${status}`}>
      <StatusShape status={status} />
      {status}
    </span>
  );
}

/** A state's shape alone, where its name stands beside it. */
export function StatusShape({ status }: { status: TaskStatus }) {
  return (
    <svg class={`shape status-${status}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={SHAPES[status]} />
    </svg>
  );
}

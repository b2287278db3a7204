import type { TaskSnapshot } from '../../shared/core/domain/task.js';
import type { SeriesEvent } from '../../shared/core/ports/task-series.js';

/** When something happened to a task. */
export interface Happened {
  projectId: number;
  taskType: string;
  happened: SeriesEvent;
  at: string;
}

/** What happened to some tasks, in the plainest way: what the last state of each says of its times. */
export function naiveSeries(tasks: readonly TaskSnapshot[]): Happened[] {
  return tasks.flatMap(({ project_id, task_type, status, created_at, started_at, completed_at }) => {
    const task = { projectId: project_id, taskType: task_type };
    return [
      { ...task, happened: 'created' as const, at: created_at },
      ...(started_at === null ? [] : [{ ...task, happened: 'started' as const, at: started_at }]),
      ...(completed_at === null ? [] : [{ ...task, happened: status as SeriesEvent, at: completed_at }]),
    ];
  });
}

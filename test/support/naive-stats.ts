import { TASK_STATUSES, type TaskSnapshot, type TaskStatus } from '../../shared/core/domain/task.js';

/** What is counted of some tasks in the plainest way: by looking at each of them. */
export interface NaiveStats {
  total: number;
  by_status: Record<TaskStatus, number>;
  silent: number;
  by_type: Record<
    string,
    { total: number; by_status: Record<TaskStatus, number>; silent: number; durations: number[] }
  >;
  by_project: { project_id: number; total: number; by_status: Record<TaskStatus, number>; silent: number }[];
}

/** Counts tasks, given the state that each of them is in. */
export function naiveStats(tasks: readonly TaskSnapshot[]): NaiveStats {
  const types = [...new Set(tasks.map(({ task_type }) => task_type))];
  const projects = [...new Set(tasks.map(({ project_id }) => project_id))].sort((one, other) => one - other);
  return {
    ...counted(tasks),
    by_type: Object.fromEntries(
      types.map((type) => {
        const ofType = tasks.filter(({ task_type }) => task_type === type);
        return [type, { ...counted(ofType), durations: ofType.flatMap(durationOf).sort((a, b) => a - b) }];
      }),
    ),
    by_project: projects.map((project_id) => {
      return { project_id, ...counted(tasks.filter((task) => task.project_id === project_id)) };
    }),
  };
}

/** The one of some sorted durations that as many are shorter than as the quantile says. */
export function exactQuantile(durations: readonly number[], quantile: number): number | undefined {
  return durations[Math.floor(quantile * (durations.length - 1))];
}

function counted(tasks: readonly TaskSnapshot[]): Pick<NaiveStats, 'total' | 'by_status' | 'silent'> {
  const by_status = Object.fromEntries(
    TASK_STATUSES.map((status) => [status, tasks.filter((task) => task.status === status).length]),
  ) as Record<TaskStatus, number>;
  return { total: tasks.length, by_status, silent: tasks.filter(({ silent }) => silent === true).length };
}

function durationOf({ status, started_at, completed_at }: TaskSnapshot): number[] {
  if (status !== 'completed' || started_at === null || completed_at === null) return [];
  return [Math.max(0, Date.parse(completed_at) - Date.parse(started_at))];
}

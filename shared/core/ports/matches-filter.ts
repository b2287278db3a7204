import { shownTime } from '../contracts/time.js';
import type { TaskSnapshot } from '../domain/task.js';
import type { TaskFilter } from './read-model.js';

/** What a filter looks at. */
export type FilteredTask = Pick<TaskSnapshot, 'project_id' | 'task_type' | 'status' | 'created_at' | 'key'>;

/** Whether a filter lets a task through that is in this state: the same answer as a list of the read model gives. */
export function matchesFilter(filter: TaskFilter, task: FilteredTask): boolean {
  const { projectId, statuses, taskTypes, notTaskTypes, createdAfter, createdBefore, key, keyPrefix } =
    filter;
  const { task_type, created_at } = task;
  return (
    (projectId === undefined || task.project_id === projectId) &&
    (statuses === undefined || statuses.includes(task.status)) &&
    (taskTypes === undefined || taskTypes.includes(task_type)) &&
    (notTaskTypes === undefined || !notTaskTypes.includes(task_type)) &&
    (createdAfter === undefined || shownTime(created_at) >= createdAfter) &&
    (createdBefore === undefined || shownTime(created_at) < createdBefore) &&
    (key === undefined || task.key === key) &&
    (keyPrefix === undefined || task.key?.startsWith(keyPrefix) === true)
  );
}

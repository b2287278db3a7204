import { shownTime } from '../contracts/time.js';
import type { TaskSnapshot, TaskStatus } from '../domain/task.js';

/**
 * Which tasks are meant. An absent member lets every task through; those that are there must all let a task through.
 * `matchesFilter` is the same as a function.
 */
export interface TaskFilter {
  projectId?: number;
  /** Alternatives; an empty list lets nothing through. */
  statuses?: readonly TaskStatus[];
  /** Alternatives; an empty list lets nothing through. */
  taskTypes?: readonly string[];
  /** Types that are left out. */
  notTaskTypes?: readonly string[];
  /** The earliest second of creation, as it is shown: `2025-03-12T10:00:00`. */
  createdAfter?: string;
  /** The second of creation, as it is shown, that a task must come before. */
  createdBefore?: string;
  /** Exactly this key. */
  key?: string;
  /** How the key begins: whole segments of a path, so that it ends with `/`; 1 to `KEY_PREFIX_LEVELS_MAX` of them. */
  keyPrefix?: string;
}

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

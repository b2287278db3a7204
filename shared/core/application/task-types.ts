import type { RegistryForm } from './registry.js';
import { TASK_TYPES_STREAM } from './streams.js';

/** A type of tasks that is in no setting. */
export interface TaskType {
  task_type: string;
}

/** The types of tasks that were taken because any is: counted here, so that each service knows how many there are. */
export const TASK_TYPES: RegistryForm<TaskType> = {
  stream: TASK_TYPES_STREAM,
  type: 'TaskTypeNamed',
  what: 'types of tasks',
  read: ({ task_type }) =>
    typeof task_type === 'string' ? { name: task_type, entry: { task_type } } : undefined,
};

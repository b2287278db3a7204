import type { JsonObject, Task, TaskDetail, TaskStatus } from './types.js';

/** A task as the API sends it. */
export interface WireTask {
  id: number;
  project_id: number;
  task_type: string;
  status: TaskStatus;
  progress: number;
  total: number;
  created_at: string;
  key?: string | null;
  attempt?: number;
  started_at?: string | null;
  completed_at?: string | null;
  params?: JsonObject;
  result?: JsonObject;
  error_message?: string;
}

/** A task as the client shows it: what is in `params` and `result` stays as it is. */
export function taskOf(wire: WireTask): Task {
  const { id, project_id, task_type, status, progress, total, created_at } = wire;
  const task: Task = {
    id,
    projectId: project_id,
    taskType: task_type,
    status,
    progress,
    total,
    createdAt: dateOf(created_at),
  };
  if (wire.key !== undefined) task.key = wire.key;
  if (wire.attempt !== undefined) task.attempt = wire.attempt;
  if (wire.started_at !== undefined) task.startedAt = dateOrNull(wire.started_at);
  if (wire.completed_at !== undefined) task.completedAt = dateOrNull(wire.completed_at);
  if (wire.params !== undefined) task.params = wire.params;
  if (wire.result !== undefined) task.result = wire.result;
  if (wire.error_message !== undefined) task.errorMessage = wire.error_message;
  return task;
}

/** A detail, asked for with all that can be included. */
export function detailOf(wire: WireTask): TaskDetail {
  return taskOf(wire) as TaskDetail;
}

function dateOrNull(text: string | null): Date | null {
  return text === null ? null : dateOf(text);
}

/** A time of the API; the lists' have no offset and are UTC. */
export function dateOf(text: string): Date {
  return new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
}

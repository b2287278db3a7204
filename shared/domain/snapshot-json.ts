import type { TaskSnapshot } from './task.js';

/**
 * The canonical JSON of a snapshot: what `canonicalJson` gives, put together by hand, since every stored event of a task
 * holds one. Statuses and times need no escaping.
 */
export function snapshotJson(snapshot: TaskSnapshot): string {
  const { attempt, completed_at, created_at, key, namespace, progress } = snapshot;
  const { project_id, started_at, status, task_id, task_type, total } = snapshot;
  return (
    `{"attempt":${attempt},"completed_at":${timeJson(completed_at)},"created_at":"${created_at}"` +
    `,"key":${JSON.stringify(key)},"namespace":${JSON.stringify(namespace)},"progress":${progress}` +
    `,"project_id":${project_id},"started_at":${timeJson(started_at)},"status":"${status}"` +
    `,"task_id":${task_id},"task_type":${JSON.stringify(task_type)},"total":${total}}`
  );
}

function timeJson(time: string | null): string {
  return time === null ? 'null' : `"${time}"`;
}

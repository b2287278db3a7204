import type { TaskSnapshot } from '../domain/task.js';
import { shownTime } from './time.js';

/** The parts of a task's document that a detail is put together from; all texts are JSON. */
export interface DetailParts {
  itemJson: string;
  paramsJson: string;
  resultJson: string;
  errorMessageJson: string;
  startedAtJson: string;
  completedAtJson: string;
}

/** A time as the contract shows it, as a JSON string, or `null`. */
export function timeJson(time: string | null): string {
  return time === null ? 'null' : `"${shownTime(time)}"`;
}

/** A task as a list shows it: exactly the contract's list fields in the contract's order. */
export function taskItemJson(snapshot: TaskSnapshot): string {
  const { task_id, project_id, task_type, status, progress, total } = snapshot;
  return itemJson(task_id, project_id, task_type, status, progress, total, shownTime(snapshot.created_at));
}

/** The same of single values; those that count steps may be given as JSON texts. @param createdSecond As it is shown. */
export function itemJson(
  taskId: number,
  projectId: number,
  taskType: string,
  status: string,
  progress: number | string,
  total: number | string,
  createdSecond: string,
): string {
  return (
    `{"id":${taskId},"project_id":${projectId},"task_type":${JSON.stringify(taskType)}` +
    `,"status":"${status}","progress":${progress},"total":${total},"created_at":"${createdSecond}"}`
  );
}

/** How many characters `,"created_at":"2025-03-12T10:00:00"}` has at the end of each list item. */
const CREATED_AT_LENGTH = ',"created_at":"2025-03-12T10:00:00"}'.length;

/** A task as the detail shows it: exactly the contract's detail fields in the contract's order. */
export function taskDetailJson(parts: DetailParts): string {
  const split = parts.itemJson.length - CREATED_AT_LENGTH;
  return (
    `${parts.itemJson.slice(0, split)},"params":${parts.paramsJson},"result":${parts.resultJson}` +
    `,"error_message":${parts.errorMessageJson}${parts.itemJson.slice(split, -1)}` +
    `,"started_at":${parts.startedAtJson},"completed_at":${parts.completedAtJson}}`
  );
}

/** What can be asked for in a list beside the contract's members, in the order in which it follows them. */
export const LIST_INCLUDES = [
  ...(['key', 'attempt', 'started_at', 'completed_at'] as const),
  ...(['params', 'result', 'error_message'] as const),
] as const;

/** A member that an answer has only when it is asked for. */
export type TaskInclude = (typeof LIST_INCLUDES)[number];

/** The same for the detail, which has the others already. */
export const DETAIL_INCLUDES = ['key', 'attempt'] as const satisfies readonly TaskInclude[];

/** The parts of a task's document that included members are made of. */
export interface IncludedParts extends Omit<DetailParts, 'itemJson'> {
  key: string | null;
  attempt: number;
}

const INCLUDED: Record<TaskInclude, (parts: IncludedParts) => string> = {
  key: ({ key }) => JSON.stringify(key),
  attempt: ({ attempt }) => String(attempt),
  started_at: ({ startedAtJson }) => startedAtJson,
  completed_at: ({ completedAtJson }) => completedAtJson,
  params: ({ paramsJson }) => paramsJson,
  result: ({ resultJson }) => resultJson,
  error_message: ({ errorMessageJson }) => errorMessageJson,
};

/** A list item or a detail with further members at its end. Only the parts that these are made of are looked at. */
export function withIncludes(
  taskJson: string,
  includes: readonly TaskInclude[],
  parts: IncludedParts,
): string {
  const members = includes.map((include) => `,"${include}":${INCLUDED[include](parts)}`);
  return `${taskJson.slice(0, -1)}${members.join('')}}`;
}

import type { TaskSnapshot } from '../domain/task.js';
import {
  LARGE_PARTS,
  LIST_INCLUDES,
  MEMBER_OF,
  type LargePart,
  type StreamInclude,
  TRAITS,
  type TaskExtras,
  type TaskInclude,
} from './task-fields.js';
import { shownTime, shownTimeJson, timeJson, type TimeForm } from './time.js';

/** The small parts of a task's document that included members are made of. */
export interface SmallParts {
  key: string | null;
  extras: TaskExtras;
}

/** The same with the large ones. */
export interface IncludedParts extends SmallParts, Record<LargePart, string> {}

/** The parts that a detail is put together from; all texts are JSON. */
export interface DetailParts extends Record<LargePart, string> {
  itemJson: string;
  extras: Omit<TaskExtras, 'attempt' | 'traits'>;
}

/** A task as a list shows it: exactly the contract's list fields in the contract's order. */
export function taskItemJson(snapshot: TaskSnapshot): string {
  const { task_id, project_id, task_type, status, progress, total } = snapshot;
  return itemJson(task_id, project_id, task_type, status, progress, total, shownTime(snapshot.created_at));
}

/**
 * The same of single values; those that count steps may be given as JSON texts. Written out, as every change and every list
 * passes here; a test holds it to `TASK_FIELDS`.
 *
 * @param createdSecond As it is shown.
 */
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

/** A list item with its time of creation as it is to be shown. */
export function itemInTimes(
  itemJson: string,
  { createdAtJson }: Pick<TaskExtras, 'createdAtJson'>,
  times: TimeForm,
): string {
  if (times === undefined) return itemJson;
  return `${itemJson.slice(0, -CREATED_AT_LENGTH)},"created_at":${createdAtJson}}`;
}

/** A task as the detail shows it: exactly the contract's detail fields in the contract's order. */
export function taskDetailJson(parts: DetailParts, times?: TimeForm): string {
  const { startedAtJson, completedAtJson } = parts.extras;
  const item = itemInTimes(parts.itemJson, parts.extras, times);
  const split = parts.itemJson.length - CREATED_AT_LENGTH;
  return (
    `${item.slice(0, split)},"params":${parts.paramsJson},"result":${parts.resultJson}` +
    `,"error_message":${parts.errorMessageJson}${item.slice(split, -1)}` +
    `,"started_at":${shownTimeJson(startedAtJson, times)},"completed_at":${shownTimeJson(completedAtJson, times)}}`
  );
}

/** How each is said, out of the parts. */
const INCLUDED = Object.fromEntries(LIST_INCLUDES.map((name) => [name, textOf(name)])) as Record<
  TaskInclude,
  (parts: IncludedParts, times: TimeForm) => string
>;

function textOf(name: TaskInclude): (parts: IncludedParts, times: TimeForm) => string {
  if (name === 'labels') return ({ extras }) => JSON.stringify(extras.traits.labels ?? {});
  if (name === 'due_at')
    return ({ extras }, times) => shownTimeJson(timeJson(extras.traits.due_at ?? null), times);
  if (name === 'silent') return ({ extras }) => JSON.stringify(extras.traits.silent ?? false);
  if (isTrait(name)) return ({ extras }) => JSON.stringify(extras.traits[name] ?? null);
  const member = MEMBER_OF[name];
  if (member === 'key') return ({ key }) => JSON.stringify(key);
  if (isLarge(member)) return (parts) => parts[member];
  if (member === 'startedAtJson' || member === 'completedAtJson')
    return ({ extras }, times) => shownTimeJson(extras[member], times);
  return ({ extras }) => String(extras[member]);
}

function isTrait(name: TaskInclude): name is (typeof TRAITS)[number] {
  return (TRAITS as readonly TaskInclude[]).includes(name);
}

function isLarge(member: string): member is LargePart {
  return LARGE_PARTS.some((part) => part.member === member);
}

/** A list item or a detail with further members at its end. Only the parts that these are made of are looked at. */
export function withIncludes(
  taskJson: string,
  includes: readonly StreamInclude[],
  parts: SmallParts,
  times?: TimeForm,
): string;
export function withIncludes(
  taskJson: string,
  includes: readonly TaskInclude[],
  parts: IncludedParts,
  times?: TimeForm,
): string;
export function withIncludes(
  taskJson: string,
  includes: readonly TaskInclude[],
  parts: SmallParts,
  times?: TimeForm,
): string {
  const members = includes.map(
    (include) => `,"${include}":${INCLUDED[include](parts as IncludedParts, times)}`,
  );
  return `${taskJson.slice(0, -1)}${members.join('')}}`;
}

import { normalTime } from '../contracts/time.js';
import { STATUS_AFTER, type TaskEventType } from '../domain/events.js';
import { canonicalJson, type JsonObject, type JsonValue } from '../domain/json.js';
import { isFinal, TASK_STATUSES, type TaskSnapshot } from '../domain/task.js';
import { DEFAULT_NAMESPACE } from './streams.js';

/**
 * Which facts the state after an event of this type says already. They are not stored twice. A name can be added as long as
 * no stored event has it in its state.
 */
export const TOLD_BY_STATE: Readonly<Partial<Record<string, readonly string[]>>> = {
  TaskCreated: [
    'due_at',
    'heartbeat_s',
    'key',
    'labels',
    'parent',
    'project_id',
    'retry_of',
    'task_type',
    'total',
    'when_silent',
  ],
  TaskStarted: ['worker'],
  TaskProgressed: ['progress'],
  TaskAttemptFailed: ['error_type'],
  TaskFailed: ['error_type'],
} satisfies Partial<Record<TaskEventType, readonly (keyof TaskSnapshot)[]>>;

/** What the state says was sent under a name; 0 of an unknown total and null of no key are as if nothing was. */
export function toldByState(after: JsonObject, name: string): JsonValue | undefined {
  const value = after[name];
  return value === null || (value === 0 && name === 'total') ? undefined : value;
}

/** The attempt after an event, unless its `after` says another: most tasks have one. */
function attemptAfter(type: TaskEventType): number {
  return type === 'TaskCreated' ? 0 : 1;
}

/** What the task was before, unless `after` says otherwise: most begin with their second event. */
function wasBefore(revision: number): TaskSnapshot['was'] {
  return revision <= 1 ? 'new' : 'running';
}

/** When the task first started, unless `after` says another time. */
function startedAtAfter(type: TaskEventType, at: string): string | null {
  return type === 'TaskStarted' ? at : null;
}

/** When the task ended, unless `after` says another time. */
function completedAtAfter(type: TaskEventType, at: string): string | null {
  return isFinal(STATUS_AFTER[type]) ? at : null;
}

/**
 * The state after an event as it is stored under `after`: its JCS text. What a reader knows without it is left out: the
 * task's id, which the stream's name has, and what equals the default for an event of this type at this time. Put together
 * by hand, since every event of a task has one; statuses and times need no escaping.
 *
 * @param at The event's effective time.
 * @param revision Its place in its stream.
 */
export function stateJson(after: TaskSnapshot, type: TaskEventType, at: string, revision: number): string {
  const { attempt, completed_at, created_at, due_at, error_type, heartbeat_s, key, labels } = after;
  const { namespace, parent, progress, project_id, retry_of, silent, started_at, status } = after;
  const { task_type, total, was, when_silent, worker } = after;
  let text = attempt === attemptAfter(type) ? '{' : `{"attempt":${attempt},`;
  if (completed_at !== completedAtAfter(type, at)) text += `"completed_at":${timeJson(completed_at)},`;
  if (type !== 'TaskCreated' || created_at !== at) text += `"created_at":"${created_at}",`;
  if (due_at !== undefined) text += `"due_at":"${due_at}",`;
  if (error_type !== undefined) text += `"error_type":${JSON.stringify(error_type)},`;
  if (heartbeat_s !== undefined) text += `"heartbeat_s":${heartbeat_s},`;
  if (key !== null) text += `"key":${JSON.stringify(key)},`;
  if (labels !== undefined) text += `"labels":${canonicalJson(labels)},`;
  if (namespace !== DEFAULT_NAMESPACE) text += `"namespace":${JSON.stringify(namespace)},`;
  if (parent !== undefined) text += `"parent":${JSON.stringify(parent)},`;
  if (progress !== 0) text += `"progress":${progress},`;
  text += `"project_id":${project_id}`;
  if (retry_of !== undefined) text += `,"retry_of":${JSON.stringify(retry_of)}`;
  if (silent !== undefined) text += `,"silent":true`;
  if (started_at !== startedAtAfter(type, at)) text += `,"started_at":${timeJson(started_at)}`;
  if (status !== STATUS_AFTER[type]) text += `,"status":"${status}"`;
  text += `,"task_type":${JSON.stringify(task_type)}`;
  if (total !== 0) text += `,"total":${total}`;
  if (was !== wasBefore(revision)) text += `,"was":"${was}"`;
  if (when_silent !== undefined) text += `,"when_silent":"${when_silent}"`;
  return worker === undefined ? `${text}}` : `${text},"worker":${JSON.stringify(worker)}}`;
}

function timeJson(time: string | null): string {
  return time === null ? 'null' : `"${time}"`;
}

/**
 * The whole state that `stateJson` has made a text of.
 *
 * @returns `undefined` when it is nothing that lists and details could be made of.
 */
export function openState(
  stored: JsonValue | undefined,
  taskId: number,
  type: TaskEventType,
  at: string,
  revision: number,
): TaskSnapshot | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined;
  const said = stored as Partial<TaskSnapshot>;
  const { completed_at, created_at, started_at } = said;
  const state: TaskSnapshot = {
    attempt: said.attempt ?? attemptAfter(type),
    completed_at: completed_at === undefined ? completedAtAfter(type, at) : completed_at,
    created_at: created_at === undefined && type === 'TaskCreated' ? at : (created_at as string),
    due_at: said.due_at,
    error_type: said.error_type,
    heartbeat_s: said.heartbeat_s,
    key: said.key ?? null,
    labels: said.labels,
    namespace: said.namespace ?? DEFAULT_NAMESPACE,
    parent: said.parent,
    progress: said.progress ?? 0,
    project_id: said.project_id as number,
    retry_of: said.retry_of,
    silent: said.silent,
    started_at: started_at === undefined ? startedAtAfter(type, at) : started_at,
    status: said.status ?? STATUS_AFTER[type],
    task_id: taskId,
    task_type: said.task_type as string,
    total: said.total ?? 0,
    was: said.was ?? wasBefore(revision),
    when_silent: said.when_silent,
    worker: said.worker,
  };
  return isState(state) ? state : undefined;
}

function isState({ status, task_id, project_id, progress, total, created_at }: TaskSnapshot): boolean {
  return (
    TASK_STATUSES.includes(status) &&
    Number.isSafeInteger(task_id) &&
    Number.isSafeInteger(project_id) &&
    Number.isSafeInteger(progress) &&
    Number.isSafeInteger(total) &&
    typeof created_at === 'string' &&
    normalTime(created_at) === created_at
  );
}

import { InvalidRequestError } from '../../core/contracts/errors.js';
import type { IncludedParts } from '../../core/contracts/task-json.js';
import type { TaskStatus } from '../../core/domain/task.js';
import { pathsOf } from '../../core/ports/key-paths.js';
import type { ListCursor, TaskChange, TaskDocument } from '../../core/ports/read-model.js';

/**
 * A task as it is stored.
 *
 * Everything that depends on the state stands in one embedded document that begins with the revision. MongoDB compares
 * embedded documents member by member, so that `$max` leaves the newest: a guard within the one document, that needs
 * neither a condition nor a read. Each large part keeps the revision that set it and is guarded in the same way.
 */
export interface StoredTask {
  /** The id in 16 digits, so that the order of the texts is that of the numbers. */
  _id: string;
  /** The publisher's key, and the paths that it begins with: absent without one. Written with the document, and never again. */
  key?: string;
  paths?: string[];
  head: {
    /** Must stay first. */
    revision: number;
    projectId: number;
    status: TaskStatus;
    taskType: string;
    /** By which lists are sorted: the second of the creation, then the id. */
    place: string;
    itemJson: string;
    startedAtJson: string;
    completedAtJson: string;
    attempt: number;
  };
  params?: StoredPart;
  result?: StoredPart;
  errorMessage?: StoredPart;
}

interface StoredPart {
  /** Must stay first. */
  revision: number;
  json: string;
}

const PARTS = [
  { stored: 'params', member: 'paramsJson', empty: '{}' },
  { stored: 'result', member: 'resultJson', empty: '{}' },
  { stored: 'errorMessage', member: 'errorMessageJson', empty: '""' },
] as const;

const ID_DIGITS = 16;
const SECOND = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;

/** A task's `_id`. */
export function storedId(taskId: number): string {
  return String(taskId).padStart(ID_DIGITS, '0');
}

/** A task's place in every list that shows it; lists go from the greatest to the smallest. */
export function storedPlace({ createdSecond, taskId }: ListCursor): string {
  return `${createdSecond}/${storedId(taskId)}`;
}

/** The cursor of the task at a place. */
export function cursorAt(place: string): ListCursor {
  const [createdSecond = '', id] = place.split('/');
  return { createdSecond, taskId: Number(id) };
}

/** @throws InvalidRequestError when the change can't be stored. */
export function checkChange({ taskId, createdSecond }: TaskChange): void {
  if (!Number.isSafeInteger(taskId) || taskId < 0) throw new InvalidRequestError(`${taskId} is no task id`);
  if (SECOND.test(createdSecond)) return;
  throw new InvalidRequestError(
    `${JSON.stringify(createdSecond)} is no time in whole seconds, such as 2025-03-12T10:00:00`,
  );
}

/** What a change sets, added to what earlier changes of the same task set that are written together with it. */
export function storedTask(change: TaskChange, earlier?: StoredTask): StoredTask {
  const { taskId, revision, projectId, status, taskType, key, attempt } = change;
  const { itemJson, startedAtJson, completedAtJson } = change;
  const place = storedPlace(change);
  const stored: StoredTask = {
    ...earlier,
    _id: storedId(taskId),
    ...(key !== null && { key, paths: pathsOf(key) }),
    head: { revision, projectId, status, taskType, place, itemJson, startedAtJson, completedAtJson, attempt },
  };
  for (const part of PARTS) {
    const json = change[part.member];
    if (json !== undefined) stored[part.stored] = { revision, json };
  }
  return stored;
}

/** The document that a stored task stands for. */
export function taskDocument(stored: StoredTask): TaskDocument {
  const { place, ...head } = stored.head;
  return { ...head, ...cursorAt(place), ...includedParts(stored) };
}

/** What of a stored task, or of a part of it, further members of its list item are made of. */
export function includedParts(stored: StoredTask): IncludedParts {
  const { attempt, startedAtJson, completedAtJson } = stored.head;
  const part = ({ stored: name, empty }: (typeof PARTS)[number]): string => stored[name]?.json ?? empty;
  return {
    key: stored.key ?? null,
    attempt,
    startedAtJson,
    completedAtJson,
    paramsJson: part(PARTS[0]),
    resultJson: part(PARTS[1]),
    errorMessageJson: part(PARTS[2]),
  };
}

import { InvalidRequestError } from '../../core/contracts/errors.js';
import {
  LARGE_PARTS,
  MEMBER_OF,
  NO_TRAITS,
  type LargePart,
  type TaskExtras,
  type TaskInclude,
  type TaskTraits,
} from '../../core/contracts/task-fields.js';
import type { IncludedParts } from '../../core/contracts/task-json.js';
import type { TaskStatus } from '../../core/domain/task.js';
import { errorWords, taskWords } from '../../core/domain/words.js';
import { durationMs } from '../../core/ports/list-order.js';
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
  head: Omit<TaskExtras, 'traits'> & {
    /** Must stay first. */
    revision: number;
    projectId: number;
    status: TaskStatus;
    taskType: string;
    /** By which lists are sorted: the second of the creation, then the id. */
    place: string;
    /** The same with the second of the end, and with how long it ran; absent where there is none. */
    ended?: string;
    duration?: string;
    itemJson: string;
    /** Absent where there are none. */
    traits?: StoredTraits;
    /** `taskWords`. */
    words: string[];
  };
  params?: StoredPart;
  result?: StoredPart;
  errorMessage?: StoredPart & {
    /** `errorWords`. */
    words?: string[];
  };
}

/** As `TaskTraits`, with each label as `name:value`, since a name may have dots. */
type StoredTraits = Omit<TaskTraits, 'labels'> & { labels?: string[] };

interface StoredPart {
  /** Must stay first. */
  revision: number;
  json: string;
}

/** Where each large part stands. */
const STORED_PART = { paramsJson: 'params', resultJson: 'result', errorMessageJson: 'errorMessage' } as const;

const ID_DIGITS = 16;
/** Of a duration in a place, so that the order of the texts is that of the numbers. */
const DURATION_DIGITS = 15;
const SECOND = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;

/** A task's `_id`. */
export function storedId(taskId: number): string {
  return String(taskId).padStart(ID_DIGITS, '0');
}

/** A task's place in every list that shows it; lists go from the greatest to the smallest. */
export function storedPlace({ at, taskId }: ListCursor): string {
  return `${at.padStart(DURATION_DIGITS, '0')}/${storedId(taskId)}`;
}

/** The cursor of the task at a place. */
export function cursorAt(place: string): ListCursor {
  const [at = '', id] = place.split('/');
  // A duration has zeros before it.
  return { at: at.includes('T') ? at : String(Number(at)), taskId: Number(id) };
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
  const { taskId, revision, projectId, status, taskType, key, itemJson } = change;
  const { traits, ...extras } = change.extras;
  const place = storedPlace({ at: change.createdSecond, taskId });
  const stored: StoredTask = {
    ...earlier,
    _id: storedId(taskId),
    ...(key !== null && { key, paths: pathsOf(key) }),
    head: {
      revision,
      projectId,
      status,
      taskType,
      place,
      itemJson,
      ...extras,
      ...endPlaces(taskId, extras),
      ...storedTraits(traits),
      words: taskWords({ key, taskType, traits }),
    },
  };
  for (const { member } of LARGE_PARTS) {
    const json = change[member];
    if (json !== undefined) stored[STORED_PART[member]] = { revision, json };
  }
  if (change.errorMessageJson !== undefined && stored.errorMessage !== undefined)
    stored.errorMessage.words = errorWords(change.errorMessageJson);
  return stored;
}

/** The document that a stored task stands for. */
export function taskDocument(stored: StoredTask): TaskDocument {
  const {
    place,
    ended: _,
    duration: __,
    revision,
    projectId,
    status,
    taskType,
    itemJson,
    words: _words,
    ...extras
  } = stored.head;
  const { at: createdSecond, taskId } = cursorAt(place);
  return {
    revision,
    projectId,
    status,
    taskType,
    itemJson,
    taskId,
    createdSecond,
    ...includedParts(stored),
    extras: extrasOf(extras),
  };
}

/** What of a stored task, or of a part of it, further members of its list item are made of. */
export function includedParts(stored: StoredTask): IncludedParts {
  const parts = LARGE_PARTS.map(({ member, empty }) => [member, stored[STORED_PART[member]]?.json ?? empty]);
  const large = Object.fromEntries(parts) as Record<LargePart, string>;
  return { key: stored.key ?? null, extras: extrasOf(stored.head), ...large };
}

/** By what lists are sorted that have ended tasks only. */
function endPlaces(
  taskId: number,
  { startedAtJson, completedAtJson }: Omit<TaskExtras, 'traits'>,
): Pick<StoredTask['head'], 'ended' | 'duration'> {
  if (completedAtJson === 'null') return {};
  const ms = durationMs(startedAtJson, completedAtJson);
  return {
    ended: storedPlace({ at: completedAtJson.slice(1, 20), taskId }),
    ...(ms !== undefined && { duration: storedPlace({ at: String(ms), taskId }) }),
  };
}

function storedTraits({ labels, ...others }: TaskTraits): { traits?: StoredTraits } {
  const traits = {
    ...others,
    ...(labels && { labels: Object.entries(labels).map(([name, value]) => `${name}:${value}`) }),
  };
  return Object.keys(traits).length === 0 ? {} : { traits };
}

function extrasOf<Extras extends Pick<StoredTask['head'], 'traits'>>(
  extras: Extras,
): Extras & { traits: TaskTraits } {
  if (extras.traits === undefined) return { ...extras, traits: NO_TRAITS };
  const { labels, ...others } = extras.traits;
  return { ...extras, traits: { ...others, ...(labels && { labels: labelsOf(labels) }) } };
}

/** A label's name has no colon. */
function labelsOf(labels: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    labels.map((label) => {
      const colon = label.indexOf(':');
      return [label.slice(0, colon), label.slice(colon + 1)];
    }),
  );
}

/** Where that stands of which an included member is made. */
export function storedAt(include: TaskInclude): string {
  const member = MEMBER_OF[include];
  if (member === 'key') return member;
  return member in STORED_PART ? `${STORED_PART[member as LargePart]}.json` : `head.${member}`;
}

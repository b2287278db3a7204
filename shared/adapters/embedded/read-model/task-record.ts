import { NO_TRAITS, type TaskExtras, type TaskTraits } from '../../../core/contracts/task-fields.js';
import { itemJson } from '../../../core/contracts/task-json.js';
import { isFinal, TASK_STATUSES, type TaskStatus } from '../../../core/domain/task.js';
import { DamagedTaskError } from '../../../core/ports/read-model.js';
import { findSecondNumber, secondText } from './place.js';
import { numberOfInt, openSealedText, SEPARATOR, sealText } from './sealed.js';
import type { TaskTypes } from './task-types.js';

/** A task's document; names are replaced by numbers. */
export interface TaskRecord {
  taskId: number;
  revision: number;
  projectId: number;
  /** Place of its status in `TASK_STATUSES`. */
  status: number;
  /** Place of its type in the list of types. */
  taskType: number;
  /** As `Place.second`, and the text that it was made from. */
  second: number;
  createdSecond: string;
  key: string | null;
  itemJson: string;
  extras: TaskExtras;
  /** Each of `LARGE_PARTS`, unless it is as at first, or stands apart. */
  parts: readonly (string | undefined)[];
  /** Which of `LARGE_PARTS` stand apart, one bit for each. */
  apart: number;
}

const FIELDS = 18;
/**
 * What a record may grow by until its task ends. It is there from the beginning, so that the record stays where it is: LMDB
 * halves a full page when something in it grows, and the halves stay half empty.
 */
const ROOM = ' '.repeat(48);
/** A time as JSON: its second, and the milliseconds after it. */
const TIME_JSON = /^"(.{19})\.(\d{3})Z"$/;

/**
 * A record as one text with a checksum. What follows from the rest is left out, as far as it does.
 *
 * @param stored Under which key it stands, as `sealText` has it, and what it may grow by: by default those of a task's only record.
 */
export function recordText(
  record: TaskRecord,
  types: TaskTypes,
  { keyNumber = numberOfInt(record.taskId), room = ROOM } = {},
): string {
  const { revision, projectId, status, taskType, second, apart, key, extras, parts } = record;
  const item = itemText(record, types);
  return sealText(
    keyNumber,
    `${revision.toString(36)}${SEPARATOR}${projectId.toString(36)}${SEPARATOR}${status}${SEPARATOR}` +
      `${taskType.toString(36)}${SEPARATOR}${second.toString(36)}${SEPARATOR}${extras.attempt.toString(36)}${SEPARATOR}` +
      `${apart}${SEPARATOR}${timeText(extras.createdAtJson, second)}${SEPARATOR}` +
      `${timeText(extras.startedAtJson, second)}${SEPARATOR}${timeText(extras.completedAtJson, second)}${SEPARATOR}` +
      `${item}${SEPARATOR}${keyText(key)}${SEPARATOR}${traitsText(extras.traits)}${SEPARATOR}` +
      `${parts[0] ?? ''}${SEPARATOR}${parts[1] ?? ''}${SEPARATOR}${parts[2] ?? ''}${SEPARATOR}` +
      (isFinal(TASK_STATUSES[status] as TaskStatus) ? '' : room),
  );
}

/** @throws DamagedTaskError when the text is not what `recordText` has written for this task, and under this key. */
export function parseRecord(
  taskId: number,
  sealed: string,
  types: TaskTypes,
  keyNumber = numberOfInt(taskId),
): TaskRecord {
  const fields = openSealedText(keyNumber, sealed)?.split(SEPARATOR);
  if (fields?.length !== FIELDS) throw new DamagedTaskError(taskId);
  const at = (field: number): string => fields[field] as string;
  const second = parseInt(at(4), 36);
  // Written out member by member: every item of a list that is read for the first time comes through here.
  const record: TaskRecord = {
    taskId,
    revision: parseInt(at(0), 36),
    projectId: parseInt(at(1), 36),
    status: Number(at(2)),
    taskType: parseInt(at(3), 36),
    second,
    createdSecond: secondText(second),
    key: keyOf(at(12)),
    itemJson: '',
    extras: {
      createdAtJson: timeJson(at(7), second),
      startedAtJson: timeJson(at(8), second),
      completedAtJson: timeJson(at(9), second),
      attempt: parseInt(at(5), 36),
      traits: traitsOf(at(13)),
    },
    parts: [partOf(at(14)), partOf(at(15)), partOf(at(16))],
    apart: Number(at(6)),
  };
  record.itemJson = at(10) === '' ? at(11) : itemOf(record, types, at(10), at(11));
  return record;
}

function partOf(text: string): string | undefined {
  return text === '' ? undefined : text;
}

/** Progress and total, when the rest of the item follows from the record; else nothing and the item. */
function itemText(record: TaskRecord, types: TaskTypes): string {
  const { itemJson: item } = record;
  const form = itemOf(record, types, SEPARATOR, SEPARATOR);
  const first = form.indexOf(SEPARATOR);
  const middle = form.slice(first + 1, form.lastIndexOf(SEPARATOR));
  const tail = form.length - first - middle.length - 2;
  const at = item.indexOf(middle, first);
  const [progress, total] = [item.slice(first, at), item.slice(at + middle.length, item.length - tail)];
  const isForm = at > first && itemOf(record, types, progress, total) === item;
  return isForm ? `${progress}${SEPARATOR}${total}` : `${SEPARATOR}${item}`;
}

function itemOf(
  task: Pick<TaskRecord, 'taskId' | 'projectId' | 'status' | 'taskType' | 'createdSecond'>,
  types: TaskTypes,
  progress: string,
  total: string,
): string {
  const { taskId, projectId, createdSecond } = task;
  const status = TASK_STATUSES[task.status] as string;
  return itemJson(taskId, projectId, types.name(task.taskType), status, progress, total, createdSecond);
}

/** Nothing for none, and quotes alone for an empty one. */
function keyText(key: string | null): string {
  if (key === null) return '';
  return key === '' ? '""' : JSON.stringify(key).slice(1, -1);
}

function keyOf(text: string): string | null {
  if (text === '') return null;
  if (text === '""') return '';
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

/** Nothing for none. */
function traitsText(traits: TaskTraits): string {
  const text = traits === NO_TRAITS ? '{}' : JSON.stringify(traits);
  return text === '{}' ? '' : text;
}

function traitsOf(text: string): TaskTraits {
  return text === '' ? NO_TRAITS : (JSON.parse(text) as TaskTraits);
}

/**
 * A time as how long after the second of the creation it was, in milliseconds of the seconds that `secondNumber` counts; other
 * JSON as it is.
 */
function timeText(json: string, second: number): string {
  if (json === 'null') return '';
  const [, text = '', ms] = TIME_JSON.exec(json) ?? [];
  const time = findSecondNumber(text);
  return time === undefined ? json : ((time - second) * 1000 + Number(ms)).toString(36);
}

function timeJson(text: string, second: number): string {
  if (text === '') return 'null';
  if (!/^-?[0-9a-z]+$/.test(text)) return text;
  const ms = parseInt(text, 36);
  const seconds = Math.floor(ms / 1000);
  return `"${secondText(second + seconds)}.${String(ms - seconds * 1000).padStart(3, '0')}Z"`;
}

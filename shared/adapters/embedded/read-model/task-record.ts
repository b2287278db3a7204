import { TASK_STATUSES } from '../../../domain/task.js';
import { CorruptStoreError } from '../../../contracts/errors.js';

/** A large part of a document that is kept apart, so that progress does not write it again, and what it is at first. */
export const TASK_PARTS = [
  { member: 'paramsJson', empty: '{}' },
  { member: 'resultJson', empty: '{}' },
  { member: 'errorMessageJson', empty: '""' },
] as const;

/** A task's document as it is stored, without the large parts; names are replaced by numbers. */
export interface TaskRecord {
  taskId: number;
  revision: number;
  projectId: number;
  /** Place of its status in `TASK_STATUSES`. */
  status: number;
  /** Place of its type in the list of types. */
  taskType: number;
  /** As `Place.second`. */
  second: number;
  /** Which of `TASK_PARTS` are kept, one bit for each. */
  parts: number;
  attempt: number;
  startedAtJson: string;
  completedAtJson: string;
  keyJson: string;
  itemJson: string;
}

/** RFC 8259 allows this character nowhere in a JSON text, so that it can stand between two of them (as in RFC 7464). */
const SEPARATOR = '\u001e';
const FIELDS = 11;

/** A record as one text; its item stands last, so that a list can cut it off without reading the rest. */
export function recordText(record: TaskRecord): string {
  const { revision, projectId, status, taskType, second, parts, attempt } = record;
  return (
    `${revision}${SEPARATOR}${projectId}${SEPARATOR}${status}${SEPARATOR}${taskType}${SEPARATOR}${second}` +
    `${SEPARATOR}${parts}${SEPARATOR}${attempt}${SEPARATOR}${record.startedAtJson}` +
    `${SEPARATOR}${record.completedAtJson}${SEPARATOR}${record.keyJson}${SEPARATOR}${record.itemJson}`
  );
}

/** @throws CorruptStoreError when the text is not what `recordText` writes. */
export function parseRecord(taskId: number, text: string): TaskRecord {
  const fields = text.split(SEPARATOR) as string[] & { [index: number]: string };
  const status = Number(fields[2]);
  if (fields.length !== FIELDS || !(status in TASK_STATUSES)) {
    throw new CorruptStoreError(`The read model's record of task ${taskId} is damaged; it can be rebuilt`);
  }
  return {
    taskId,
    revision: Number(fields[0]),
    projectId: Number(fields[1]),
    status,
    taskType: Number(fields[3]),
    second: Number(fields[4]),
    parts: Number(fields[5]),
    attempt: Number(fields[6]),
    startedAtJson: fields[7] as string,
    completedAtJson: fields[8] as string,
    keyJson: fields[9] as string,
    itemJson: fields[10] as string,
  };
}

/** The list item out of a record's text. */
export function itemOf(text: string): string {
  return text.slice(text.lastIndexOf(SEPARATOR) + 1);
}

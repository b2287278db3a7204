import { InvalidRequestError } from '../../../core/contracts/errors.js';
import { LARGE_PARTS } from '../../../core/contracts/task-fields.js';
import { TASK_KEY_BYTES_MAX } from '../../../core/domain/limits.js';
import { TASK_STATUSES, type TaskStatus } from '../../../core/domain/task.js';
import { DamagedTaskError, type TaskChange, type TaskDocument } from '../../../core/ports/read-model.js';
import type { PendingTasks } from './pending-tasks.js';
import { secondNumber } from './place.js';
import { TaskCache } from './task-cache.js';
import type { TaskRecord } from './task-record.js';
import type { StoredTask, TaskTables } from './task-tables.js';

/** Twice as many at most, of which none is larger than the next number: about 32 MB. */
const CACHED_DOCUMENTS_MAX = 1_000;
const CACHED_DOCUMENT_CHARACTERS_MAX = 16 * 1024;

/** The tasks' documents as they are shown: those that wait to be written, and else those in the tables. */
export class TaskDocuments {
  /** Only the process that writes knows when a document changes. */
  private readonly cache: TaskCache<TaskDocument> | undefined;
  /** Tasks that something was found missing of, until they are made again. */
  private readonly damaged = new Set<number>();

  /** @param changed Called with each task whose document changes. */
  constructor(
    private readonly tables: TaskTables,
    private readonly pending: PendingTasks,
    isWriter: boolean,
    private readonly changed: (taskId: number) => void,
  ) {
    this.cache = isWriter ? new TaskCache(CACHED_DOCUMENTS_MAX) : undefined;
  }

  /** The revision that a task's document is at, -1 when there is none. */
  revision(taskId: number): number {
    return this.record(taskId)?.revision ?? -1;
  }

  /** A task's record. @throws DamagedTaskError when it is not what was written. */
  record(taskId: number): TaskRecord | undefined {
    const pending = this.pending.get(taskId);
    if (pending !== undefined) return pending.record;
    if (this.damaged.has(taskId)) throw new DamagedTaskError(taskId);
    return this.tables.record(taskId);
  }

  /** A task that something is missing of: it is to be made again. */
  isDamaged(taskId: number): DamagedTaskError {
    this.damaged.add(taskId);
    return new DamagedTaskError(taskId);
  }

  /** @throws DamagedTaskError as `record`. */
  get(taskId: number): TaskDocument | undefined {
    const cached = this.cache?.get(taskId);
    if (cached !== undefined) return cached;
    const record = this.record(taskId);
    if (record === undefined) return undefined;
    const document = this.document(record);
    if (isSmall(document)) this.cache?.keep(taskId, document);
    return document;
  }

  /** A large part of a document. @throws DamagedTaskError as `record`. */
  part(record: TaskRecord, part: number): string {
    return this.tables.part(record, part);
  }

  /**
   * Shows what changes make of the documents. A change that is not newer than its document is left out.
   *
   * @returns The tasks that have changed.
   * @throws DamagedTaskError when a change builds on a document that is not what was written; those before it are shown.
   */
  take(changes: readonly TaskChange[]): number[] {
    const taskIds: number[] = [];
    for (const change of changes) {
      const { taskId, revision } = change;
      const pending = this.pending.get(taskId);
      const stored = pending?.stored ?? this.stored(taskId);
      const before = pending?.record ?? (typeof stored === 'string' ? undefined : stored);
      if (before !== undefined && before.revision >= revision) continue;
      // What stands for all of a task's events names its params, whatever they are.
      if (before === undefined && stored === 'damaged' && change.paramsJson === undefined)
        throw new DamagedTaskError(taskId);
      this.pending.set(this.changedRecord(change, before), stored);
      this.damaged.delete(taskId);
      this.cache?.forget(taskId);
      this.changed(taskId);
      taskIds.push(taskId);
    }
    return taskIds;
  }

  /** @throws InvalidRequestError when a change can't be stored. */
  check(changes: readonly TaskChange[]): void {
    for (const { taskId, createdSecond, key } of changes) {
      if (!Number.isSafeInteger(taskId) || taskId < 0)
        throw new InvalidRequestError(`${taskId} is no task id`);
      if (this.pending.get(taskId) === undefined) secondNumber(createdSecond);
      if (key !== null && key.length > TASK_KEY_BYTES_MAX / 3 && Buffer.byteLength(key) > TASK_KEY_BYTES_MAX)
        throw new InvalidRequestError(`The key of task ${taskId} is longer than ${TASK_KEY_BYTES_MAX} bytes`);
    }
  }

  private stored(taskId: number): StoredTask {
    if (this.damaged.has(taskId)) return 'damaged';
    try {
      return this.tables.record(taskId) ?? 'none';
    } catch (error) {
      if (error instanceof DamagedTaskError) return 'damaged';
      throw error;
    }
  }

  private changedRecord(change: TaskChange, before: TaskRecord | undefined): TaskRecord {
    const { taskId, revision, projectId, itemJson, extras } = change;
    return {
      taskId,
      revision,
      projectId,
      status: TASK_STATUSES.indexOf(change.status),
      taskType: this.tables.types.number(change.taskType),
      second: before?.second ?? secondNumber(change.createdSecond),
      createdSecond: before?.createdSecond ?? change.createdSecond,
      key: before === undefined ? change.key : before.key,
      itemJson,
      extras,
      parts: partsAfter(change, before),
      apart: before?.apart ?? 0,
    };
  }

  private document(record: TaskRecord): TaskDocument {
    const { taskId, revision, projectId, key, itemJson, extras } = record;
    return {
      taskId,
      revision,
      projectId,
      taskType: this.tables.types.name(record.taskType),
      status: TASK_STATUSES[record.status] as TaskStatus,
      createdSecond: record.createdSecond,
      key,
      itemJson,
      extras,
      paramsJson: this.part(record, 0),
      resultJson: this.part(record, 1),
      errorMessageJson: this.part(record, 2),
    };
  }
}

function partsAfter(change: TaskChange, before: TaskRecord | undefined): TaskRecord['parts'] {
  const { paramsJson, resultJson, errorMessageJson } = change;
  const old = before?.parts ?? NO_PARTS;
  if (paramsJson === undefined && resultJson === undefined && errorMessageJson === undefined) return old;
  const apart = before?.apart ?? 0;
  return [paramsJson, resultJson, errorMessageJson].map((json, part) => {
    if (json === undefined) return old[part];
    // What was written once has to be overwritten even with nothing.
    const isEmpty = json === (LARGE_PARTS[part] as (typeof LARGE_PARTS)[number]).empty;
    return isEmpty && old[part] === undefined && (apart & (1 << part)) === 0 ? undefined : json;
  });
}

const NO_PARTS = LARGE_PARTS.map(() => undefined);

function isSmall({ paramsJson, resultJson, errorMessageJson }: TaskDocument): boolean {
  return paramsJson.length + resultJson.length + errorMessageJson.length <= CACHED_DOCUMENT_CHARACTERS_MAX;
}

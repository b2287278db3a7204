import type { Database, DatabaseOptions } from 'lmdb';
import { InvalidRequestError } from '../../../contracts/errors.js';
import { withIncludes, type IncludedParts, type TaskInclude } from '../../../contracts/task-json.js';
import { TASK_STATUSES, type TaskStatus } from '../../../domain/task.js';
import type { TaskChange, TaskDocument } from '../../../ports/read-model.js';
import type { LmdbFolder } from '../lmdb-folder.js';
import { readUint53, secondNumber, secondText, writeUint53 } from './place.js';
import { TaskPlaces } from './task-places.js';
import { itemOf, parseRecord, recordText, TASK_PARTS, type TaskRecord } from './task-record.js';
import { TaskTypes } from './task-types.js';

/** What a change makes of a task's record. */
export interface TaskStep {
  change: TaskChange;
  before: TaskRecord | undefined;
  after: TaskRecord;
}

/**
 * The tasks' documents and what leads to them. Reads are synchronous and see one state of the store in each turn of the
 * event loop; `put` and `saveTypes` belong into a batch whose commit the caller awaits.
 */
export class TaskStore {
  readonly places: TaskPlaces;
  private readonly records: Database<string, number>;
  private readonly parts: Database<string, PartKey>;
  private readonly types: TaskTypes;

  constructor(folder: LmdbFolder) {
    this.records = folder.openDatabase('tasks', withKeys(TASK_KEYS));
    this.parts = folder.openDatabase('parts', withKeys(PART_KEYS));
    this.types = new TaskTypes(folder.openDatabase('names', { encoding: 'string' }), folder.readOnly);
    this.places = new TaskPlaces(folder, this.types);
  }

  /** The revision that a task's document is at, -1 when there is none. */
  revision(taskId: number): number {
    return this.record(taskId)?.revision ?? -1;
  }

  /** The list item of a task that the index leads to. */
  item(taskId: number): string {
    return itemOf(this.records.get(taskId) ?? '');
  }

  /** The same with further members. */
  itemWith(taskId: number, include: readonly TaskInclude[]): string {
    const record = this.record(taskId);
    return record === undefined ? '' : withIncludes(record.itemJson, include, this.included(record));
  }

  document(taskId: number): TaskDocument | undefined {
    const record = this.record(taskId);
    if (record === undefined) return undefined;
    const { revision, projectId, attempt, itemJson, startedAtJson, completedAtJson } = record;
    return {
      taskId,
      revision,
      projectId,
      taskType: this.types.name(record.taskType),
      status: TASK_STATUSES[record.status] as TaskStatus,
      createdSecond: secondText(record.second),
      key: keyOf(record),
      attempt,
      itemJson,
      startedAtJson,
      completedAtJson,
      paramsJson: this.part(record, 0),
      resultJson: this.part(record, 1),
      errorMessageJson: this.part(record, 2),
    };
  }

  /**
   * What changes make of the records as they are: one step for each change that is newer than what stands there.
   *
   * @throws InvalidRequestError when a change can't be stored; nothing was written then.
   */
  plan(changes: readonly TaskChange[]): TaskStep[] {
    const steps: TaskStep[] = [];
    const planned = new Map<number, TaskRecord>();
    for (const change of changes) {
      const { taskId } = change;
      if (!Number.isSafeInteger(taskId) || taskId < 0)
        throw new InvalidRequestError(`${taskId} is no task id`);
      const before = planned.get(taskId) ?? this.record(taskId);
      if (before !== undefined && before.revision >= change.revision) continue;
      const after = this.changed(change, before);
      planned.set(taskId, after);
      steps.push({ change, before, after });
    }
    return steps;
  }

  put({ change, before, after }: TaskStep): void {
    const { taskId } = after;
    void this.records.put(taskId, recordText(after));
    TASK_PARTS.forEach(({ member }, part) => {
      const json = change[member];
      if (json !== undefined && hasPart(after, part)) void this.parts.put([taskId, part], json);
    });
    this.places.move(before, after, change.key);
  }

  saveTypes(): void {
    this.types.save();
  }

  /** Goes back to what is stored, after a commit that failed. */
  reloadTypes(): void {
    this.types.load();
  }

  private record(taskId: number): TaskRecord | undefined {
    const text = this.records.get(taskId);
    return text === undefined ? undefined : parseRecord(taskId, text);
  }

  private part(record: TaskRecord, part: number): string {
    const { taskId } = record;
    const { empty } = TASK_PARTS[part] as (typeof TASK_PARTS)[number];
    return hasPart(record, part) ? (this.parts.get([taskId, part]) ?? empty) : empty;
  }

  private changed(change: TaskChange, before: TaskRecord | undefined): TaskRecord {
    let parts = before?.parts ?? 0;
    TASK_PARTS.forEach(({ member, empty }, part) => {
      const json = change[member];
      // What was written once has to be overwritten even with nothing.
      if (json !== undefined && json !== empty) parts |= 1 << part;
    });
    const { taskId, revision, projectId, attempt, itemJson, startedAtJson, completedAtJson } = change;
    return {
      taskId,
      revision,
      projectId,
      status: statusNumber(change.status),
      taskType: this.types.number(change.taskType),
      second: secondNumber(change.createdSecond),
      parts,
      attempt,
      startedAtJson,
      completedAtJson,
      keyJson: before?.keyJson ?? JSON.stringify(change.key),
      itemJson,
    };
  }

  private included(record: TaskRecord): IncludedParts {
    const part = (number: number): string => this.part(record, number);
    const { attempt, startedAtJson, completedAtJson } = record;
    return {
      key: keyOf(record),
      attempt,
      startedAtJson,
      completedAtJson,
      // Each is read only when it is looked at.
      get paramsJson() {
        return part(0);
      },
      get resultJson() {
        return part(1);
      },
      get errorMessageJson() {
        return part(2);
      },
    };
  }
}

function keyOf({ keyJson }: TaskRecord): string | null {
  return JSON.parse(keyJson) as string | null;
}

function statusNumber(status: TaskStatus): number {
  return TASK_STATUSES.indexOf(status);
}

function hasPart(record: TaskRecord, part: number): boolean {
  return (record.parts & (1 << part)) !== 0;
}

type PartKey = [taskId: number, part: number];

const TASK_KEYS = {
  writeKey: (taskId: number, target: Buffer, start: number): number => writeUint53(target, start, taskId),
  readKey: (source: Buffer, start: number): number => readUint53(source, start),
};

const PART_KEYS = {
  writeKey: ([taskId, part]: PartKey, target: Buffer, start: number): number =>
    target.writeUInt8(part, writeUint53(target, start, taskId)),
  readKey: (source: Buffer, start: number): PartKey => [
    readUint53(source, start),
    source[start + 7] as number,
  ],
};

/** The library's types lack `keyEncoder`, which its README has. */
function withKeys(keyEncoder: object): DatabaseOptions {
  return { encoding: 'string', keyEncoder } as DatabaseOptions;
}

import { isFinal, TASK_STATUSES, type TaskStatus } from '../../../core/domain/task.js';
import type { VersionChange } from '../../../core/ports/task-versions.js';
import type { OpenUnit } from '../../../core/ports/version-units.js';
import type { DerivedFolder } from '../derived-folder.js';
import { secondNumber, type Place } from '../read-model/place.js';
import type { TaskRecord } from '../read-model/task-record.js';
import type { TaskTypes } from '../read-model/task-types.js';
import { StatusSpans } from './status-spans.js';
import { UnitTable } from './unit-table.js';
import { VersionRows, type VersionKey } from './version-rows.js';

/** Some ten milliseconds' worth. */
const CHECKED_MAX = 1_000;
/** The states that a task leaves again, by their numbers. */
export const PASSING_STATUSES = [...TASK_STATUSES.keys()].filter(
  (status) => !isFinal(TASK_STATUSES[status] as TaskStatus),
);
const NO_PARTS = [undefined, undefined, undefined];

/** Since when tasks are in states that they leave again, each in one, by their ids. */
export type BegunSpans = Map<number, { status: number; place: Place; since: string }>;

/** How far the removal of what is old has come. */
export interface Sweep {
  after: VersionKey | undefined;
}

/** The versions in the store. Everything here throws DamagedStoreError when what is read is not what was written. */
export class VersionTables {
  readonly rows: VersionRows;
  readonly spans: StatusSpans;
  readonly units: UnitTable;

  constructor(
    folder: DerivedFolder,
    readonly types: TaskTypes,
  ) {
    this.rows = new VersionRows(folder, types);
    this.spans = new StatusSpans(folder);
    this.units = new UnitTable(folder);
  }

  /** Looks whether the first rows are what was written. */
  check(): void {
    this.rows.check(CHECKED_MAX);
    this.units.open();
    this.units.kept();
  }

  /**
   * Writes versions, in the order of their events. Belongs into a transaction, as the following do.
   *
   * @param begun What began and is not written yet, as the call before has left it; `putBegun` writes what is left at last.
   */
  put(changes: readonly VersionChange[], begun: BegunSpans): void {
    let open = this.units.open();
    for (const { position, recordedAt, before, state } of changes) {
      open = this.units.count(open, position, recordedAt);
      const record = recordOf(state, this.types);
      this.rows.put(position, record);
      if (before === state.status) continue;
      const was = before === undefined ? -1 : TASK_STATUSES.indexOf(before);
      if (PASSING_STATUSES.includes(was)) {
        // What began with the same batch stands nowhere yet.
        const since = begun.get(record.taskId)?.since ?? this.close(was, record);
        begun.delete(record.taskId);
        if (since !== undefined) this.putSpan(was, record, since, position, open);
      }
      const { status } = record;
      if (PASSING_STATUSES.includes(status))
        begun.set(record.taskId, { status, place: record, since: position });
    }
    if (open !== undefined) this.units.putOpen(open);
  }

  /** Writes what has begun and not ended. */
  putBegun(begun: BegunSpans): void {
    for (const { status, place, since } of begun.values()) this.spans.putOpen(status, place, since);
  }

  /** Takes away some of what held no more when a unit began. Answers whether there is more. */
  sweep({ unit, position }: { unit: number; position: string }, sweep: Sweep, limit: number): boolean {
    for (const status of PASSING_STATUSES)
      for (let level = 0; 2 ** level <= unit; level++)
        if (this.spans.removeBefore(status, level, unit, limit) > 0) return true;
    if (this.units.removeBefore(unit, limit) > 0) return true;
    sweep.after = this.rows.removeBefore(position, sweep.after, limit);
    return sweep.after !== undefined;
  }

  clear(): void {
    this.rows.clear();
    this.spans.clear();
    this.units.clear();
  }

  private close(status: number, record: TaskRecord): string | undefined {
    const since = this.spans.since(status, record);
    if (since !== undefined) this.spans.removeOpen(status, record);
    return since;
  }

  private putSpan(status: number, record: TaskRecord, since: string, until: string, open: OpenUnit): void {
    const unitOf = (position: string): number =>
      position >= open.position ? open.unit : this.units.unitOf(position, open);
    this.spans.putClosed(status, record, unitOf(since), unitOf(until));
  }
}

function recordOf(state: VersionChange['state'], types: TaskTypes): TaskRecord {
  const { taskId, revision, projectId, taskType, createdSecond, key, itemJson, extras } = state;
  // Written out member by member: every event comes through here.
  return {
    taskId,
    revision,
    projectId,
    status: TASK_STATUSES.indexOf(state.status),
    taskType: types.number(taskType),
    second: secondNumber(createdSecond),
    createdSecond,
    key,
    itemJson,
    extras,
    parts: NO_PARTS,
    apart: 0,
  };
}

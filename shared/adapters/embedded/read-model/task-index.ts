import { TASK_STATUSES } from '../../../core/domain/task.js';
import type { TaskFilter } from '../../../core/ports/task-filter.js';
import type { DerivedFolder } from '../derived-folder.js';
import { INT_BYTES_MAX, writeInt } from './ints.js';
import { MergedPlaces } from './merged-places.js';
import { NO_VALUE, openPlaceIndex, PlaceRange, type PlaceIndex } from './place-range.js';
import type { PlaceBounds, PlaceStream } from './place-stream.js';
import { PLACE_BYTES_MAX, writePlace, type Place } from './place.js';
import { SEAL_BYTES, sealKey } from './sealed.js';
import type { TaskTypes } from './task-types.js';

/** What a task is found by, beside its place. */
export interface IndexedState {
  projectId: number;
  status: number;
  taskType: number;
}

/** What a task's index entries are made of. */
export interface IndexedTask extends Place, IndexedState {}

/** Which tasks a list shows; an absent member means all, several values are alternatives, an empty list means none. */
export interface IndexFilter {
  projectId?: number;
  statuses?: readonly number[];
  taskTypes?: readonly number[];
}

/** What of a filter the index looks at, in its words. */
export function indexFilter(filter: TaskFilter, types: TaskTypes): IndexFilter {
  const { projectId, statuses, taskTypes, notTaskTypes = [] } = filter;
  const allStatuses = statuses === undefined || TASK_STATUSES.every((status) => statuses.includes(status));
  const taken = notTaskTypes.map((name) => types.find(name)).filter((type) => type !== undefined);
  const wanted = taskTypes?.map((name) => types.find(name)).filter((type) => type !== undefined);
  const allTypes = taskTypes === undefined && taken.length === 0;
  return {
    ...(projectId !== undefined && { projectId }),
    // All that there are are no restriction.
    ...(!allStatuses && { statuses: [...new Set(statuses)].map((status) => TASK_STATUSES.indexOf(status)) }),
    ...(!allTypes && { taskTypes: without(wanted ?? types.all(), taken) }),
  };
}

/** The different ones of some numbers that are not among others. */
function without(numbers: readonly number[], taken: readonly number[]): number[] {
  return [...new Set(numbers)].filter((number) => !taken.includes(number));
}

/** Whether such a filter lets a task through. */
export function leadsTo({ projectId, statuses, taskTypes }: IndexFilter, task: IndexedState): boolean {
  return (
    (projectId === undefined || task.projectId === projectId) &&
    (statuses === undefined || statuses.includes(task.status)) &&
    (taskTypes === undefined || taskTypes.includes(task.taskType))
  );
}

/** Whether the same entries lead to two states of a task. */
export function haveSameEntries(one: IndexedTask, other: IndexedTask): boolean {
  return (
    one.status === other.status &&
    one.projectId === other.projectId &&
    one.taskType === other.taskType &&
    one.second === other.second
  );
}

// What an entry is found by beside the status: every combination has its own entries, so that none needs a scan. There are
// so few states that a list of all of them is put together from theirs.
const BY_PROJECT = 1;
const BY_TYPE = 2;
const COMBINATIONS = 4;

const ALL_STATUSES = [...TASK_STATUSES.keys()];

const PREFIX_BYTES_MAX = 1 + 1 + INT_BYTES_MAX + 2;

/**
 * For each status, alone and together with project, type or both, the tasks in the order of a list: keys of the combination,
 * the values in it and the place, so that a list with any filter is read from its beginning or its cursor on, whatever the
 * number of tasks.
 */
export class TaskIndex {
  private readonly index: PlaceIndex;
  private readonly scratch = Buffer.alloc(PREFIX_BYTES_MAX + PLACE_BYTES_MAX + SEAL_BYTES);

  constructor(folder: DerivedFolder) {
    this.index = openPlaceIndex(folder, 'index');
  }

  /** Writes what leads to a task. Belongs into a transaction. */
  add(task: IndexedTask): void {
    for (let combination = 0; combination < COMBINATIONS; combination++)
      void this.index.put(this.key(combination, task), NO_VALUE);
  }

  /** Takes away what leads to a task, as it was written. Belongs into a transaction. */
  remove(task: IndexedTask): void {
    for (let combination = 0; combination < COMBINATIONS; combination++)
      void this.index.remove(this.key(combination, task));
  }

  /**
   * The places of the tasks, newest first.
   *
   * @throws DamagedStoreError also later, when it is read on.
   */
  places(filter: IndexFilter, bounds: PlaceBounds): PlaceStream {
    const ranges = prefixes(filter).map((prefix) => new PlaceRange(this.index, prefix, bounds));
    return ranges.length === 1 ? (ranges[0] as PlaceRange) : new MergedPlaces(ranges);
  }

  private key(combination: number, task: IndexedTask): Buffer {
    const { scratch } = this;
    const end = writePlace(scratch, writePrefix(scratch, combination, task), task);
    return scratch.subarray(0, sealKey(scratch, end));
  }
}

function prefixes({ projectId, statuses = ALL_STATUSES, taskTypes }: IndexFilter): Buffer[] {
  const combination = (projectId === undefined ? 0 : BY_PROJECT) | (taskTypes === undefined ? 0 : BY_TYPE);
  return statuses.flatMap((status) =>
    (taskTypes ?? [0]).map((taskType) => {
      const prefix = Buffer.alloc(PREFIX_BYTES_MAX);
      const values = { projectId: projectId ?? 0, status, taskType };
      return prefix.subarray(0, writePrefix(prefix, combination, values));
    }),
  );
}

function writePrefix(
  target: Buffer,
  combination: number,
  { projectId, status, taskType }: IndexedState,
): number {
  let at = target.writeUInt8(combination * ALL_STATUSES.length + status, 0);
  // Any fixed form of the number does, since projects are only ever looked up.
  if ((combination & BY_PROJECT) !== 0) {
    at = target.writeUInt8(projectId < 0 ? 1 : 0, at);
    at = writeInt(target, at, Math.abs(projectId));
  }
  if ((combination & BY_TYPE) !== 0) at = target.writeUInt16BE(taskType, at);
  return at;
}

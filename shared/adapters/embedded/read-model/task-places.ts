import { TASK_STATUSES } from '../../../domain/task.js';
import type { TaskFilter } from '../../../ports/read-model.js';
import type { LmdbFolder } from '../lmdb-folder.js';
import { CommonPlaces } from './common-places.js';
import { KeyIndex } from './key-index.js';
import { MergedPlaces } from './merged-places.js';
import { secondNumber, type Place } from './place.js';
import { isBefore, type PlaceBounds, type PlaceStream } from './place-stream.js';
import { TaskIndex, type IndexedTask, type IndexFilter } from './task-index.js';
import type { TaskTypes } from './task-types.js';

/** Where tasks stand in lists: finds those that a filter lets through by what leads to each. */
export class TaskPlaces {
  private readonly index: TaskIndex;
  private readonly keys: KeyIndex;

  constructor(
    folder: LmdbFolder,
    private readonly types: TaskTypes,
  ) {
    this.index = new TaskIndex(folder);
    this.keys = new KeyIndex(folder);
  }

  /** Writes what leads to a task, and takes away what led to it before. Waits for nothing: the caller's commit does. */
  move(before: IndexedTask | undefined, after: IndexedTask, key: string | null): void {
    this.index.move(before, after);
    if (before === undefined && key !== null) this.keys.add(key, after);
  }

  /** The places of the tasks that a filter lets through, newest first, after the given one. */
  find(filter: TaskFilter, after?: Place): PlaceStream {
    const bounds = boundsOf(filter, after);
    const byState = this.byState(filter);
    const byKey = this.byKey(filter, bounds);
    if (byKey === undefined) return this.index.places(byState, bounds);
    return Object.keys(byState).length === 0
      ? byKey
      : new CommonPlaces(byKey, this.index.places(byState, bounds));
  }

  /** The tasks that a filter's key or prefix lets through; `undefined` when it has neither. */
  private byKey({ key, keyPrefix }: TaskFilter, bounds: PlaceBounds): PlaceStream | undefined {
    if (keyPrefix === undefined) return key === undefined ? undefined : this.keys.withKey(key, bounds);
    if (key === undefined) return this.keys.withPrefix(keyPrefix, bounds);
    return key.startsWith(keyPrefix) ? this.keys.withKey(key, bounds) : new MergedPlaces([]);
  }

  /** What a filter restricts of project, status and type. All that there are are no restriction. */
  private byState({ projectId, statuses, taskTypes, notTaskTypes = [] }: TaskFilter): IndexFilter {
    const allStatuses = statuses === undefined || TASK_STATUSES.every((status) => statuses.includes(status));
    const taken = notTaskTypes.map((name) => this.types.find(name)).filter((type) => type !== undefined);
    const types = taskTypes?.map((name) => this.types.find(name)).filter((type) => type !== undefined);
    const allTypes = taskTypes === undefined && taken.length === 0;
    return {
      ...(projectId !== undefined && { projectId }),
      ...(!allStatuses && {
        statuses: [...new Set(statuses)].map((status) => TASK_STATUSES.indexOf(status)),
      }),
      ...(!allTypes && { taskTypes: without(types ?? this.types.all(), taken) }),
    };
  }
}

/** The part of the list after a place and between the times of a filter. */
function boundsOf({ createdAfter, createdBefore }: TaskFilter, after: Place | undefined): PlaceBounds {
  // The place that follows is that of the next smaller id, which may be 0.
  const next = after && { second: after.second, taskId: after.taskId - 1 };
  const before = createdBefore === undefined ? undefined : lastBefore(createdBefore);
  return {
    from: next !== undefined && before !== undefined && isBefore(next, before) ? before : (next ?? before),
    end: createdAfter === undefined ? undefined : lastBefore(createdAfter),
  };
}

/** The first place in a list of what was created before a second. */
function lastBefore(second: string): Place {
  return { second: secondNumber(second) - 1, taskId: Number.MAX_SAFE_INTEGER };
}

/** The different ones of some numbers that are not among others. */
function without(numbers: readonly number[], taken: readonly number[]): number[] {
  return [...new Set(numbers)].filter((number) => !taken.includes(number));
}

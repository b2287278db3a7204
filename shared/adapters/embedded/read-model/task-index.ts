import type { LmdbFolder } from '../lmdb-folder.js';
import { MergedPlaces } from './merged-places.js';
import { PLACE_BYTES, writePlace, type Place } from './place.js';
import { NO_VALUE, openPlaceIndex, PlaceRange, type PlaceIndex } from './place-range.js';
import type { PlaceBounds, PlaceStream } from './place-stream.js';

/** What a task's index entries are made of. */
export interface IndexedTask extends Place {
  projectId: number;
  status: number;
  taskType: number;
}

/** Which tasks a list shows; an absent member means all, several values are alternatives, an empty list means none. */
export interface IndexFilter {
  projectId?: number;
  statuses?: readonly number[];
  taskTypes?: readonly number[];
}

// Which of the three an entry is found by: every combination has its own entries, so that none needs a scan.
const BY_PROJECT = 1;
const BY_STATUS = 2;
const BY_TYPE = 4;
const COMBINATIONS = 8;

const PREFIX_BYTES_MAX = 1 + 8 + 1 + 2;

/**
 * For each combination of project, status and type the tasks in the order of a list: keys of the combination, the values
 * in it and the place, so that a list with any filter is read from its beginning or its cursor on, whatever the number of
 * tasks.
 */
export class TaskIndex {
  private readonly index: PlaceIndex;
  private readonly scratch = Buffer.alloc(PREFIX_BYTES_MAX + PLACE_BYTES);

  constructor(folder: LmdbFolder) {
    this.index = openPlaceIndex(folder, 'index');
  }

  /** Writes what leads to a task, and takes away what led to it before. Waits for nothing: the caller's commit does. */
  move(before: IndexedTask | undefined, after: IndexedTask): void {
    const all =
      before === undefined ||
      before.projectId !== after.projectId ||
      before.taskType !== after.taskType ||
      before.second !== after.second;
    const byStatus = before?.status !== after.status;
    for (let combination = 0; combination < COMBINATIONS; combination++) {
      if (!all && !(byStatus && (combination & BY_STATUS) !== 0)) continue;
      if (before !== undefined) void this.index.remove(this.key(combination, before));
      void this.index.put(this.key(combination, after), NO_VALUE);
    }
  }

  /** The places of the tasks, newest first. */
  places(filter: IndexFilter, bounds: PlaceBounds): PlaceStream {
    const ranges = prefixes(filter).map((prefix) => new PlaceRange(this.index, prefix, bounds));
    return ranges.length === 1 ? (ranges[0] as PlaceRange) : new MergedPlaces(ranges);
  }

  private key(combination: number, task: IndexedTask): Buffer {
    const at = writePrefix(this.scratch, combination, task);
    return this.scratch.subarray(0, writePlace(this.scratch, at, task));
  }
}

function prefixes({ projectId, statuses, taskTypes }: IndexFilter): Buffer[] {
  const combination =
    (projectId === undefined ? 0 : BY_PROJECT) |
    (statuses === undefined ? 0 : BY_STATUS) |
    (taskTypes === undefined ? 0 : BY_TYPE);
  return (statuses ?? [0]).flatMap((status) =>
    (taskTypes ?? [0]).map((taskType) => {
      const prefix = Buffer.alloc(PREFIX_BYTES_MAX);
      return prefix.subarray(
        0,
        writePrefix(prefix, combination, { projectId: projectId ?? 0, status, taskType }),
      );
    }),
  );
}

function writePrefix(
  target: Buffer,
  combination: number,
  values: Pick<IndexedTask, 'projectId' | 'status' | 'taskType'>,
): number {
  let at = target.writeUInt8(combination, 0);
  // Any fixed form of the number does, since projects are only ever looked up.
  if ((combination & BY_PROJECT) !== 0) at = target.writeDoubleBE(values.projectId, at);
  if ((combination & BY_STATUS) !== 0) at = target.writeUInt8(values.status, at);
  if ((combination & BY_TYPE) !== 0) at = target.writeUInt16BE(values.taskType, at);
  return at;
}

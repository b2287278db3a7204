import type { Database, DatabaseOptions } from 'lmdb';
import type { LmdbFolder } from '../lmdb-folder.js';
import { merged } from './merged.js';
import { PLACE_BYTES, readPlace, writePlace, type Place } from './place.js';

/** What a task's index entries are made of. */
export interface IndexedTask extends Place {
  projectId: number;
  status: number;
  taskType: number;
}

/** Which tasks a list shows; an absent member means all, several values are alternatives. */
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
/** LMDB wants a value; nothing is read from it. */
const NO_VALUE = Buffer.from([0]);

/**
 * For each combination of project, status and type the tasks in the order of a list: keys of the combination, the values
 * in it and the place, so that a list with any filter is read from its beginning or its cursor on, whatever the number of
 * tasks.
 */
export class TaskIndex {
  private readonly database: Database<Buffer, IndexKey>;
  private readonly scratch = Buffer.alloc(PREFIX_BYTES_MAX + PLACE_BYTES);

  constructor(folder: LmdbFolder) {
    this.database = folder.openDatabase('index', {
      encoding: 'binary',
      keyEncoder: KEY_ENCODER,
    } as DatabaseOptions);
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
      if (before !== undefined) void this.database.remove(this.key(combination, before));
      void this.database.put(this.key(combination, after), NO_VALUE);
    }
  }

  /** The places of the tasks, newest first, after the given one. Read lazily and within one turn of the event loop. */
  places(filter: IndexFilter, after?: Place): Iterator<Place, undefined> {
    const ranges = prefixes(filter).map((prefix) => this.range(prefix, after));
    return ranges.length === 1 ? (ranges[0] as Iterator<Place, undefined>) : merged(ranges, isBefore);
  }

  private range(prefix: Buffer, after: Place | undefined): Iterator<Place, undefined> {
    const start = after === undefined ? prefix : Buffer.concat([prefix, Buffer.alloc(PLACE_BYTES)]);
    // The place that follows is that of the next smaller id, which may be 0.
    if (after !== undefined) writePlace(start, prefix.length, { ...after, taskId: after.taskId - 1 });
    const end = Buffer.alloc(prefix.length + PLACE_BYTES, 0xff);
    prefix.copy(end);
    return this.database.getKeys({ start, end })[Symbol.iterator]() as Iterator<unknown> as Iterator<
      Place,
      undefined
    >;
  }

  private key(combination: number, task: IndexedTask): Buffer {
    const at = writePrefix(this.scratch, combination, task);
    return this.scratch.subarray(0, writePlace(this.scratch, at, task));
  }
}

/** Keys are written as they are made; of a key that is read only the place is wanted. */
type IndexKey = Buffer;

const KEY_ENCODER = {
  writeKey(key: Buffer, target: Buffer, start: number): number {
    target.set(key, start);
    return start + key.length;
  },
  readKey: (source: Buffer, _start: number, end: number): Place => readPlace(source, end),
};

/** Whether a place comes earlier in a list than another. */
function isBefore(one: Place, other: Place): boolean {
  return one.second > other.second || (one.second === other.second && one.taskId > other.taskId);
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

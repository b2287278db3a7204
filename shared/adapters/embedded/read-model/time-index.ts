import type { DerivedFolder } from '../derived-folder.js';
import { readInt, writeInt, INT_BYTES_MAX } from './ints.js';
import { jsonSecond, placeBy, type OrderedTask } from './order-places.js';
import { NO_VALUE, openPlaceIndex, PlaceRange, type PlaceIndex } from './place-range.js';
import type { PlaceBounds } from './place-stream.js';
import { PLACE_BYTES_MAX, readPlace, writePlace, type Place } from './place.js';
import { SEAL_BYTES, sealKey } from './sealed.js';
import type { Sieve } from './sifted-places.js';
import type { SpannedTask } from './time-spans.js';
import { leadsTo, type IndexedState, type IndexedTask, type IndexFilter } from './task-index.js';

/** What the first byte of an entry is: it is stored. */
const KIND = { ended: 0, duration: 1, due: 2, started: 3 };

/** What tasks are found by here, beside their creation. */
export type TimeKind = keyof typeof KIND;

const KINDS = Object.keys(KIND) as TimeKind[];
const KIND_BYTES = 1;
/** What a task is found by otherwise: as a place, then status, type, and the project's sign and number. */
const TASK_BYTES_MAX = PLACE_BYTES_MAX + 1 + 2 + 1 + INT_BYTES_MAX;

/** What tells where a task stands. */
export interface TimedTask extends OrderedTask {
  extras: OrderedTask['extras'] & { traits: { due_at?: string | undefined } };
}

/** What entries are made of. */
export interface TimedRecord extends TimedTask, IndexedState {}

/**
 * The tasks that have ended, by when they did and by how long they ran, those that were started, by when they first were, and
 * those with a time that they are due at. A task has an entry only for what it has, one each, with all of its other index
 * entries' values in it: what else is asked for is looked up there, so that it takes no more entries and no look at the task.
 *
 * As its status does not change any more once it has ended, so do the entries not; the others have none in them.
 */
export class TimeIndex {
  private readonly index: PlaceIndex;
  private readonly scratch = Buffer.alloc(KIND_BYTES + PLACE_BYTES_MAX + TASK_BYTES_MAX + SEAL_BYTES);

  constructor(folder: DerivedFolder) {
    this.index = openPlaceIndex(folder, 'times');
  }

  /** Writes what leads to a task, in the place of what did before, if that is known. Belongs into a transaction. */
  put(task: TimedRecord, before: TimedRecord | undefined): void {
    for (const kind of KINDS) {
      const now = this.key(kind, task);
      const old = before && this.key(kind, before);
      if (now !== undefined && old?.equals(now) === true) continue;
      if (old !== undefined) void this.index.remove(old);
      if (now !== undefined) void this.index.put(now, NO_VALUE);
    }
  }

  /** The places of the tasks by this. */
  range(kind: TimeKind, bounds: PlaceBounds): PlaceRange {
    return new PlaceRange(this.index, Buffer.from([KIND[kind]]), bounds);
  }

  /** The places by creation of the tasks that are there by this. Nothing is read before it is asked. */
  *created(kind: TimeKind, bounds: PlaceBounds): Generator<Place, true> {
    const range = this.range(kind, bounds);
    try {
      for (; range.head !== undefined; range.next()) yield taskIn(range.key as Buffer);
    } finally {
      range.close();
    }
    return true;
  }

  /** `undefined` where a task has nothing of the kind. */
  private key(kind: TimeKind, task: TimedRecord): Buffer | undefined {
    const place = placeByTime(kind, task);
    if (place === undefined) return undefined;
    const { scratch } = this;
    let at = writePlace(scratch, scratch.writeUInt8(KIND[kind], 0), place);
    at = writePlace(scratch, at, task);
    at = scratch.writeUInt8(hasStatus(kind) ? task.status : 0, at);
    at = scratch.writeUInt16BE(task.taskType, at);
    at = scratch.writeUInt8(task.projectId < 0 ? 1 : 0, at);
    at = writeInt(scratch, at, Math.abs(task.projectId));
    return Buffer.from(scratch.subarray(0, sealKey(scratch, at)));
  }
}

/** Whether the entries of a kind have the task's status in them. */
export function hasStatus(kind: TimeKind): kind is 'ended' | 'duration' {
  return kind === 'ended' || kind === 'duration';
}

/** Where a task stands by this, from the greatest on; `undefined` when it has nothing of the kind. */
export function placeByTime(kind: TimeKind, task: TimedTask): Place | undefined {
  if (hasStatus(kind)) return placeBy(kind, task);
  const { startedAtJson, traits } = task.extras;
  const second = jsonSecond(kind === 'started' ? startedAtJson : dueJson(traits.due_at));
  return second === undefined ? undefined : { second, taskId: task.taskId };
}

/** When a task came to what lists are filtered by. */
export function spannedBy(task: TimedTask): SpannedTask {
  const [started, ended, due] = (['started', 'ended', 'due'] as const).map(
    (kind) => placeByTime(kind, task)?.second,
  );
  return {
    created: task.second,
    ...(started !== undefined && { started }),
    ...(ended !== undefined && { ended }),
    ...(due !== undefined && { due }),
  };
}

function dueJson(dueAt: string | undefined): string {
  return dueAt === undefined ? 'null' : `"${dueAt}"`;
}

/**
 * Which tasks at a range of this index a filter leads to: what it says of the status must be in the entries. A place that the
 * range does not stand at passes.
 */
export function entrySieve(range: PlaceRange, filter: IndexFilter): Sieve {
  return {
    passes: (place) => place !== range.head || leadsTo(filter, taskIn(range.key as Buffer)),
    steps: 1,
  };
}

/** The task that an entry leads to. */
function taskIn(key: Buffer): IndexedTask {
  const taskAt = placeEnd(key, KIND_BYTES);
  const at = placeEnd(key, taskAt);
  const projectId = readInt(key, at + 4);
  return {
    ...readPlace(key, taskAt),
    status: key.readUInt8(at),
    taskType: key.readUInt16BE(at + 1),
    projectId: key.readUInt8(at + 3) === 1 ? 0 - projectId : projectId,
  };
}

/** Where a place ends that begins at a byte: with an int that begins with its length. */
function placeEnd(key: Buffer, at: number): number {
  const int = at + PLACE_BYTES_MAX - INT_BYTES_MAX;
  return int + 1 + (key[int] as number);
}

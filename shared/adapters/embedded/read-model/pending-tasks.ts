import type { Place } from './place.js';
import type { PlaceBounds, PlaceStream } from './place-stream.js';
import { isBefore } from './place-stream.js';
import type { TaskRecord } from './task-record.js';
import type { StoredTask } from './task-tables.js';

/** A task whose document is shown, and not yet written as it is. */
export interface PendingTask {
  record: TaskRecord;
  /** What stands in the tables. */
  stored: StoredTask;
}

/** Whether a filter lets a task through. */
export type TaskTest = (record: TaskRecord) => boolean;

/**
 * What is shown ahead of the tables: the last changes, each task once with its newest state. They wait for the next write,
 * so that a task that lives for a moment is written once, and what is written lies close together.
 */
export class PendingTasks {
  private readonly tasks = new Map<number, PendingTask>();
  /** In the order of a list backwards, since most of those that come are the newest; and some that are here no longer. */
  private order: PendingTask[] = [];

  get size(): number {
    return this.tasks.size;
  }

  get(taskId: number): PendingTask | undefined {
    return this.tasks.get(taskId);
  }

  /** All of them, those first that came first. */
  all(): PendingTask[] {
    return [...this.tasks.values()];
  }

  /** Shows a task as it is now. */
  set(record: TaskRecord, stored: StoredTask): void {
    const pending = this.tasks.get(record.taskId);
    if (pending !== undefined && pending.record.second === record.second) {
      pending.record = record;
      return;
    }
    const added = { record, stored: pending?.stored ?? stored };
    this.tasks.set(record.taskId, added);
    this.order.splice(this.placeOf(record), 0, added);
  }

  /** A state of a task has been written; when it is still the newest the task leaves. */
  written(pending: PendingTask, record: TaskRecord, stored: TaskRecord): void {
    const { taskId } = record;
    if (this.tasks.get(taskId) !== pending) return;
    pending.stored = stored;
    if (pending.record === record) this.tasks.delete(taskId);
  }

  /** Forgets those that have left. */
  compact(): void {
    if (this.order.length > this.tasks.size) this.order = this.order.filter((task) => this.isHere(task));
  }

  /** The places of those that a test lets through, newest first. It is to be read within one turn of the event loop. */
  places(test: TaskTest, bounds: PlaceBounds): PlaceStream {
    const { order } = this;
    const first = bounds.from === undefined ? order.length : this.placeAfter(bounds.from);
    const { end } = bounds;
    return new PendingPlaces(order, first, (task) => {
      if (end !== undefined && !isBefore(task.record, end)) return 'end';
      return this.isHere(task) && test(task.record);
    });
  }

  private isHere(task: PendingTask): boolean {
    return this.tasks.get(task.record.taskId) === task;
  }

  /** Where a task goes: behind all that come after it in a list. */
  private placeOf(place: Place): number {
    const { order } = this;
    const last = order.at(-1);
    if (last === undefined || isBefore(place, last.record)) return order.length;
    return this.search((task) => !isBefore(place, task.record));
  }

  /** Behind all that do not come before a place. */
  private placeAfter(place: Place): number {
    return this.search((task) => isBefore(task.record, place));
  }

  /** The first one that a condition holds for, which then holds for all behind it. */
  private search(condition: (task: PendingTask) => boolean): number {
    let low = 0;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (condition(this.order[middle] as PendingTask)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

class PendingPlaces implements PlaceStream {
  head: Place | undefined;

  /** @param at Behind the first. */
  constructor(
    private readonly order: readonly PendingTask[],
    private at: number,
    private readonly shows: (task: PendingTask) => boolean | 'end',
  ) {
    this.next();
  }

  next(): void {
    this.head = undefined;
    while (this.at > 0) {
      const task = this.order[--this.at] as PendingTask;
      const shown = this.shows(task);
      if (shown === 'end') this.at = 0;
      else if (shown) return void (this.head = task.record);
    }
  }

  seek(to: Place): number {
    let steps = 0;
    for (; this.head !== undefined && isBefore(this.head, to); steps++) this.next();
    return steps;
  }

  close(): void {
    this.at = 0;
  }
}

import { BufferFullError } from './errors.js';
import type { EventJournal } from './event-journal.js';
import { BATCH_BYTES_MAX, BATCH_EVENTS_MAX, type TaskEvent } from './task-event.js';
import type { TaskLane } from './task-lane.js';
import type { EventOutcome } from './types.js';

/** An event on its way to Taskledger, and who is to be told. */
export interface QueuedEvent {
  event: TaskEvent;
  lane: TaskLane;
  /** Taskledger has answered: `accepted`, `duplicate` or `rejected`. */
  settle: (outcome: EventOutcome) => void;
  /** Taskledger is away; the event is safe in here. */
  keep: () => void;
  /** The client ends and can't keep the event: it is lost. */
  lose: (error: Error) => void;
  /** Whether it is in the file, where there is one. */
  stored?: boolean;
}

/** How much may wait. */
export interface QueueLimits {
  eventsMax: number;
  bytesMax: number;
}

/** Someone who waits for room. */
interface Waiter {
  entry: QueuedEvent;
  admit: () => void;
  refuse: (error: Error) => void;
}

/**
 * The events that wait to be sent, in the order they came, and within bounds. When it is full, progress gives way: waiting
 * progress is dropped for any other event, and new progress is not taken. When that does not help, who hands an event over
 * waits; the order stays. Of each task at most one progress report waits, the newest.
 */
export class EventQueue {
  readonly #entries = new Map<string, QueuedEvent>();
  /** Progress and messages that are not under way: all of it may be dropped, and the last progress of each task gives way to a newer one. */
  readonly #progress = new Set<QueuedEvent>();
  readonly #lastProgress = new WeakMap<TaskLane, QueuedEvent>();
  readonly #waiters: Waiter[] = [];
  #bytes = 0;

  constructor(
    private readonly limits: QueueLimits,
    private readonly journal?: EventJournal,
  ) {}

  /** How many events wait, those under way and those that wait for room included. */
  get size(): number {
    return this.#entries.size + this.#waiters.length;
  }

  /** The events of one task, or all, in their order. */
  *entries(lane?: TaskLane): Iterable<QueuedEvent> {
    for (const entry of this.#entries.values()) if (lane === undefined || entry.lane === lane) yield entry;
  }

  /**
   * Takes an event; resolves when it is in here (and on disk, where there is a file).
   *
   * @param waitMsMax How long it may wait for room.
   * @throws BufferFullError after that, and what the file's system threw: the event was not taken then.
   */
  put(entry: QueuedEvent, waitMsMax = Infinity): Promise<void> {
    if (this.#waiters.length === 0 && this.#makeRoom(entry.event.bytes)) return this.#add(entry);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        entry,
        admit: () => {
          clearTimeout(timer);
          this.#add(entry).then(resolve, reject);
        },
        refuse: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      const giveUp = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        const { eventsMax, bytesMax } = this.limits;
        const full = `The buffer has been full for ${waitMsMax} ms (${eventsMax} events or ${bytesMax} bytes)`;
        waiter.refuse(
          new BufferFullError(`${full}; Taskledger has to come back before there is room for a new task`),
        );
        // For what is smaller there may be room.
        this.#admit();
      };
      const timer = Number.isFinite(waitMsMax) ? setTimeout(giveUp, waitMsMax) : undefined;
      this.#waiters.push(waiter);
    });
  }

  /** Takes a progress report in the place of the one before it, if that still waits. @returns whether there was room. */
  async putProgress(entry: QueuedEvent): Promise<boolean> {
    const before = this.#lastProgress.get(entry.lane);
    if (before !== undefined && this.#progress.has(before)) this.remove(before);
    this.#lastProgress.set(entry.lane, entry);
    return this.putMessage(entry);
  }

  /** Takes a message, unless there is no room; like progress it gives way to other events when there is none left. */
  async putMessage(entry: QueuedEvent): Promise<boolean> {
    if (this.#waiters.length > 0 || !this.#fits(entry.event.bytes)) return false;
    this.#progress.add(entry);
    await this.#add(entry);
    return true;
  }

  /** Takes up events that an earlier process has left; they are before all others. */
  async restore(entries: readonly QueuedEvent[]): Promise<void> {
    await Promise.all(entries.map((entry) => this.#add(entry)));
  }

  /**
   * What can be sent now, in the order it came, and of a task whose id is not known only its creation. It stays in here
   * until it is removed, but is not dropped or replaced any more: whether it took effect may be unknown.
   */
  next(nowMs: number): QueuedEvent[] {
    const batch: QueuedEvent[] = [];
    const held = new Set<TaskLane>();
    let bytes = 0;
    for (const entry of this.#entries.values()) {
      const { lane, event } = entry;
      if (held.has(lane)) continue;
      const mayGo = lane.taskId !== undefined || event.type === 'task.created';
      if (!mayGo || !entry.stored || lane.notBeforeMs > nowMs) {
        held.add(lane);
        continue;
      }
      if (batch.length > 0 && bytes + event.bytes > BATCH_BYTES_MAX) break;
      bytes += event.bytes;
      this.#progress.delete(entry);
      batch.push(entry);
      if (event.type === 'task.created') held.add(lane);
      if (batch.length === BATCH_EVENTS_MAX) break;
    }
    return batch;
  }

  /** The id of a task is known: its later events may go. */
  known(lane: TaskLane, taskId: number): void {
    lane.became(taskId);
    this.journal?.known(lane);
  }

  /** An event needs no sending any more. */
  remove(entry: QueuedEvent): void {
    this.#forget(entry);
    this.#admit();
  }

  /**
   * The client ends. What is on disk is kept there, all else is lost.
   *
   * @returns how many events are lost.
   */
  end(error: Error): number {
    const refused = this.#waiters.splice(0);
    for (const { refuse } of refused) refuse(error);
    for (const { keep, lose } of this.#entries.values())
      if (this.journal === undefined) lose(error);
      else keep();
    return refused.length + (this.journal === undefined ? this.#entries.size : 0);
  }

  #admit(): void {
    for (let first = this.#waiters[0]; first !== undefined; first = this.#waiters[0]) {
      if (!this.#makeRoom(first.entry.event.bytes)) return;
      this.#waiters.shift();
      first.admit();
    }
  }

  async #add(entry: QueuedEvent): Promise<void> {
    this.#entries.set(entry.event.id, entry);
    this.#bytes += entry.event.bytes;
    // A report that comes later than another event of its task must not take a place before it.
    if (entry.event.type !== 'task.progressed') this.#lastProgress.delete(entry.lane);
    if (this.journal === undefined) {
      entry.stored = true;
      return;
    }
    try {
      await this.journal.put(entry.lane, entry.event);
      entry.stored = true;
    } catch (error) {
      this.remove(entry);
      throw error;
    }
  }

  /** What is too large for an empty queue is taken alone: it would never fit. */
  #fits(bytes: number): boolean {
    if (this.#entries.size === 0) return true;
    return this.#entries.size < this.limits.eventsMax && this.#bytes + bytes <= this.limits.bytesMax;
  }

  /** Drops waiting progress, the oldest first, until an event fits. @returns whether it does. */
  #makeRoom(bytes: number): boolean {
    for (const entry of this.#progress) {
      if (this.#fits(bytes)) break;
      this.#forget(entry);
    }
    return this.#fits(bytes);
  }

  #forget(entry: QueuedEvent): void {
    if (!this.#entries.delete(entry.event.id)) return;
    this.#progress.delete(entry);
    this.#bytes -= entry.event.bytes;
    this.journal?.done(entry.event.id);
  }
}

import type { Silence } from '../../shared/core/contracts/silences.js';
import { timeOf } from '../../shared/core/contracts/time.js';
import type { TaskSnapshot } from '../../shared/core/domain/task.js';
import { DeadlineHeap, type Timed } from '../../shared/kit/deadline-heap.js';

/** The most tasks that are watched: about 400 bytes each, and their keys. */
export const WATCHED_TASKS_MAX = 1_000_000;

/** So much later than promised may something be heard, in milliseconds: it has its way to go. */
export const GRACE_MS = 1_000;

/** After so many times the promise a silent task fails, where its creation says so. */
const FAILS_AFTER_PROMISES = 3;

/** When what was asked for is asked for again, in milliseconds, where the ledger does not show it until then. */
const ASK_AGAIN_MS = 5_000;

/** A moment: on a clock that only goes forward, for spans, and by the time of day, to be shown. In milliseconds. */
export interface Moment {
  nowMs: number;
  atMs: number;
}

/** What an event of a task says to the watchdog. */
export interface SeenEvent {
  after: TaskSnapshot;
  revision: number;
  /** When something was heard of the task last, in milliseconds since 1970, by what stands in the event. */
  heardAtMs: number;
}

/** A running task whose publisher has promised to be heard of. */
export interface WatchedTask extends Timed {
  readonly taskId: number;
  readonly key: string | null;
  /** Of its last event that is known. */
  revision: number;
  promiseMs: number;
  failsSilent: boolean;
  isSilent: boolean;
  /** When something was heard of it last. */
  heardMs: number;
  heardAtMs: number;
  /** Whether that was a heartbeat, which the ledger does not know of. */
  isBeat: boolean;
  /** When it was last asked that its silence, or the end of it, be recorded. */
  askedMs: number;
}

/** The tasks that are watched, and by when something has to be heard of each. Times come from outside. */
export class WatchedTasks {
  private readonly byId = new Map<number, WatchedTask>();
  private readonly byKey = new Map<string, WatchedTask>();
  private readonly deadlines = new DeadlineHeap<WatchedTask>();
  /** From when on all that was told was heard. */
  private hearsSinceMs = 0;
  private silent = 0;

  constructor(private readonly tasksMax = WATCHED_TASKS_MAX) {}

  /** How many there are, silent ones included. */
  get count(): number {
    return this.byId.size;
  }

  get silentCount(): number {
    return this.silent;
  }

  /** Whether there is no room for another. */
  get isFull(): boolean {
    return this.byId.size >= this.tasksMax;
  }

  /** Takes in an event, or the state that a task was found in. A task for which there is no room is left out. */
  see({ after, revision, heardAtMs }: SeenEvent, nowMs: number): void {
    const known = this.byId.get(after.task_id);
    if (known !== undefined && revision <= known.revision) return;
    const { heartbeat_s } = after;
    if (after.status !== 'running' || heartbeat_s === undefined) {
      if (known !== undefined) this.forget(known);
      return;
    }
    const task = known ?? this.add(after, { nowMs, atMs: heardAtMs });
    if (task === undefined) return;
    task.revision = revision;
    task.promiseMs = heartbeat_s * 1000;
    task.failsSilent = after.when_silent === 'fail';
    task.askedMs = -Infinity;
    this.setSilent(task, after.silent === true);
    if (!task.isSilent) Object.assign(task, { heardMs: nowMs, heardAtMs, isBeat: false });
    // A heartbeat that came while the silence was on its way into the ledger.
    else if (nowMs - task.heardMs > task.promiseMs) task.isBeat = false;
    this.schedule(task);
  }

  /**
   * Takes in a heartbeat.
   *
   * @param name The task's id in digits, or its key.
   * @returns Whether it is a task that is watched.
   */
  heard(name: string, { nowMs, atMs }: Moment): boolean {
    const task = /^[0-9]+$/.test(name) ? this.byId.get(Number(name)) : this.byKey.get(name);
    if (task === undefined) return false;
    task.heardMs = nowMs;
    task.heardAtMs = atMs;
    task.isBeat = true;
    // Its deadline is put off when it comes: most tasks are heard of many times until then.
    if (task.isSilent) this.schedule(task);
    return true;
  }

  /** What was told until now may not have been heard: everybody has a whole promise from now on. */
  interrupted(nowMs: number): void {
    this.hearsSinceMs = nowMs;
  }

  /** Whether there may be something to ask for. */
  hasDue(nowMs: number): boolean {
    return (this.deadlines.first?.dueMs ?? Infinity) <= nowMs;
  }

  /** Some of the tasks that have gone silent, are heard of again or fail. They are not given again for a while. */
  takeDue(nowMs: number, tasksMax: number): WatchedTask[] {
    const due: WatchedTask[] = [];
    while (due.length < tasksMax) {
      const { first } = this.deadlines;
      if (first === undefined || first.dueMs > nowMs) break;
      if (this.isDue(first, nowMs)) {
        due.push(first);
        first.askedMs = nowMs;
      }
      this.schedule(first);
    }
    return due;
  }

  /** What is to be recorded of a task, if that is so still. */
  silenceOf(task: WatchedTask, nowMs: number): Silence | undefined {
    if (this.byId.get(task.taskId) !== task || !this.isDue(task, nowMs)) return undefined;
    const { taskId: task_id, revision, heardAtMs, isSilent, isBeat } = task;
    const kind = !isSilent ? 'silent' : isBeat ? 'heard_again' : 'failed';
    return { kind, task_id, revision, last_heard_at: timeOf(heardAtMs) };
  }

  /** Watches a task no longer. */
  forget(task: WatchedTask): void {
    if (this.byId.get(task.taskId) !== task) return;
    this.setSilent(task, false);
    this.byId.delete(task.taskId);
    if (task.key !== null) this.byKey.delete(task.key);
    this.deadlines.remove(task);
  }

  /** Forgets all of them. */
  clear(): void {
    this.byId.clear();
    this.byKey.clear();
    this.deadlines.clear();
    this.silent = 0;
  }

  private add({ task_id, key }: TaskSnapshot, { nowMs, atMs }: Moment): WatchedTask | undefined {
    if (this.isFull) return undefined;
    const task: WatchedTask = {
      taskId: task_id,
      key,
      revision: -1,
      promiseMs: 0,
      failsSilent: false,
      isSilent: false,
      heardMs: nowMs,
      heardAtMs: atMs,
      isBeat: false,
      askedMs: -Infinity,
      dueMs: Infinity,
      place: -1,
    };
    this.byId.set(task_id, task);
    if (key !== null) this.byKey.set(key, task);
    return task;
  }

  private setSilent(task: WatchedTask, isSilent: boolean): void {
    this.silent += Number(isSilent) - Number(task.isSilent);
    task.isSilent = isSilent;
  }

  private isDue(task: WatchedTask, nowMs: number): boolean {
    return this.dueMsOf(task) <= nowMs;
  }

  /** When there is something to be recorded of it, should nothing be heard of it until then. */
  private dueMsOf({ isSilent, isBeat, failsSilent, heardMs, promiseMs }: WatchedTask): number {
    if (isSilent && isBeat) return heardMs;
    if (isSilent && !failsSilent) return Infinity;
    const since = Math.max(heardMs, this.hearsSinceMs);
    return since + promiseMs * (isSilent ? FAILS_AFTER_PROMISES : 1) + GRACE_MS;
  }

  private schedule(task: WatchedTask): void {
    const dueMs = Math.max(this.dueMsOf(task), task.askedMs + ASK_AGAIN_MS);
    if (dueMs === Infinity) this.deadlines.remove(task);
    else this.deadlines.set(task, dueMs);
  }
}

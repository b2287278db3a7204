import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProjectionProgress } from '../../../core/ports/read-model.js';
import type { DerivedFolder } from '../derived-folder.js';
import type { PendingTask, PendingTasks } from './pending-tasks.js';
import type { ProjectionRecords, ReachedMark } from './projection-records.js';
import type { TaskTables } from './task-tables.js';
import { WriteBehind } from './write-behind.js';

/** How many tasks are written in one transaction: a millisecond or two, during which nobody else is served. */
const TASKS_PER_COMMIT = 128;

/** So many pending tasks are written without waiting longer. */
const PENDING_MANY = 5_000;
/** So many are not exceeded: whoever brings more waits until these are written. */
const PENDING_MAX = 20_000;

/**
 * Writes pending tasks into the tables, some at a time, and then the checkpoint that they are covered by. A crash in between
 * leaves documents that are ahead of it, which no harm comes from: the same changes come again, and are not newer.
 */
export class TaskWriter {
  private readonly behind = new WriteBehind(() => this.writeAll());
  private readonly projections = new Set<string>();
  private readonly parks: ProjectionProgress[] = [];

  constructor(
    private readonly folder: DerivedFolder,
    private readonly tables: TaskTables,
    private readonly records: ProjectionRecords,
    private readonly pending: PendingTasks,
  ) {}

  set onError(listener: (error: unknown) => void) {
    this.behind.onError = listener;
  }

  /** Waits until there is room for more pending tasks. @throws When what is there can't be written. */
  async room(): Promise<void> {
    if (this.pending.size >= PENDING_MAX) await this.behind.now();
  }

  /** Something has changed that is to be written some time soon. */
  soon(projection?: string): void {
    if (projection !== undefined) this.projections.add(projection);
    if (this.pending.size < PENDING_MANY) this.behind.soon();
    else void this.behind.now().catch(() => this.behind.soon());
  }

  /** Writes everything, with parked streams. @throws When it can't be written; then no parked stream is. */
  async writeNow(progress?: ProjectionProgress): Promise<void> {
    if (progress === undefined) return this.behind.now();
    this.parks.push(progress);
    try {
      await this.behind.now();
    } catch (error) {
      this.parks.splice(this.parks.indexOf(progress) >>> 0, 1);
      throw error;
    }
  }

  /** Waits for the transaction under way, and begins no other. */
  stop(): Promise<void> {
    return this.behind.stop();
  }

  private async writeAll(): Promise<void> {
    const { records, pending } = this;
    const checkpoints = new Map<string, ReachedMark>();
    for (const projection of this.projections) {
      const mark = records.checkpoint(projection);
      if (mark !== undefined) checkpoints.set(projection, mark);
    }
    const parks = [...this.parks];
    for (const { checkpoint } of parks) {
      const { projection, position } = checkpoint;
      const reached = checkpoints.get(projection);
      if (reached === undefined || reached.position < position) checkpoints.set(projection, checkpoint);
    }
    const tasks = pending.all();
    for (let at = 0; at < tasks.length; at += TASKS_PER_COMMIT) {
      this.commit(tasks.slice(at, at + TASKS_PER_COMMIT));
      await nextTurn();
    }
    pending.compact();
    this.folder.root.transactionSync(() => {
      for (const park of parks) records.putParked(park);
      for (const [projection, mark] of checkpoints) records.putCheckpoint('tasks', projection, mark);
    });
    this.parks.splice(0, parks.length);
    for (const { checkpoint } of parks) records.advance('tasks', checkpoint);
    if (pending.size > 0) this.behind.soon();
  }

  private commit(tasks: readonly PendingTask[]): void {
    const { tables, records, pending } = this;
    const written = this.folder.root.transactionSync(() => {
      records.putAhead('tasks');
      tables.types.save();
      return tasks.map((task) => {
        const { record, stored } = task;
        return { task, record, stored: tables.put(record, stored) };
      });
    });
    tables.types.saved();
    for (const { task, record, stored } of written) pending.written(task, record, stored);
  }
}

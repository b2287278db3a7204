import type { TaskChange } from './task-rows.js';

/** How many tasks are remembered; more have not changed while a page of the list was on its way. */
const REMEMBERED_MAX = 2000;

/**
 * The newest changes of the stream. A page of older tasks is read from a read model that may be behind the stream: what
 * happened after the page's position is taken in once more when the page has come.
 */
export class RecentChanges {
  private readonly changes = new Map<number, { change: TaskChange; position: string }>();

  /** Remembers a change; positions are ordered as text. */
  add(change: TaskChange, position: string): void {
    this.changes.delete(change.task.id);
    this.changes.set(change.task.id, { change, position });
    if (this.changes.size <= REMEMBERED_MAX) return;
    for (const oldest of this.changes.keys()) {
      this.changes.delete(oldest);
      break;
    }
  }

  /** What happened after a position. */
  after(position: string): TaskChange[] {
    return [...this.changes.values()].filter((one) => one.position > position).map(({ change }) => change);
  }
}

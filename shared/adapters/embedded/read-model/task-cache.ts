/**
 * What was read of tasks, so that a view that is asked for again reads no document. A value is here only while it is what
 * every read finds in the store: it leaves before a write of its task begins, and comes back with a read after it.
 *
 * Two generations: when the younger one is full it becomes the older one, and what was there and not asked for since is
 * forgotten. Taking the oldest out of a single Map one by one would walk over all that was taken out before.
 */
export class TaskCache<Value> {
  private young = new Map<number, Value>();
  private old = new Map<number, Value>();
  private beingWritten: ReadonlySet<number> = new Set();

  /** @param generationMax How many values each of the two generations has at most. */
  constructor(private readonly generationMax: number) {}

  get(taskId: number): Value | undefined {
    const value = this.young.get(taskId);
    if (value !== undefined) return value;
    const older = this.old.get(taskId);
    if (older !== undefined) this.add(taskId, older);
    return older;
  }

  /** Keeps what was just read, unless a write of it is under way. */
  keep(taskId: number, value: Value): void {
    if (!this.beingWritten.has(taskId)) this.add(taskId, value);
  }

  /** Forgets tasks until `written` says that the write is over and reads find what it wrote. */
  writing(taskIds: ReadonlySet<number>): void {
    for (const taskId of taskIds) {
      this.young.delete(taskId);
      this.old.delete(taskId);
    }
    this.beingWritten = taskIds;
  }

  written(): void {
    this.beingWritten = new Set();
  }

  private add(taskId: number, value: Value): void {
    if (this.young.size >= this.generationMax) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(taskId, value);
  }
}

/**
 * What was read of tasks, so that a view that is asked for again reads no document. A value is here only while it is what
 * every read finds: it leaves as soon as its task changes.
 *
 * Two generations: when the younger one is full it becomes the older one, and what was there and not asked for since is
 * forgotten. Taking the oldest out of a single Map one by one would walk over all that was taken out before.
 */
export class TaskCache<Value> {
  private young = new Map<number, Value>();
  private old = new Map<number, Value>();

  /** @param generationMax How many values each of the two generations has at most. */
  constructor(private readonly generationMax: number) {}

  get(taskId: number): Value | undefined {
    const value = this.young.get(taskId);
    if (value !== undefined) return value;
    const older = this.old.get(taskId);
    if (older !== undefined) this.keep(taskId, older);
    return older;
  }

  /** Keeps what was just read. */
  keep(taskId: number, value: Value): void {
    if (this.young.size >= this.generationMax) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(taskId, value);
  }

  forget(taskId: number): void {
    this.young.delete(taskId);
    this.old.delete(taskId);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
  }
}

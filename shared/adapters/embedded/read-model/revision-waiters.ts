/** Those who wait for a task's document to come to a revision. */
export class RevisionWaiters {
  private readonly waiters = new Map<number, Set<() => void>>();

  /** Has everybody who waits for the task look again. */
  wake(taskId: number): void {
    for (const look of this.waiters.get(taskId) ?? []) look();
  }

  wakeAll(): void {
    for (const taskId of this.waiters.keys()) this.wake(taskId);
  }

  /**
   * Resolves with true when `arrived` says so, now or after a `wake`, and with false when the signal fires first. An
   * error of `arrived` ends the wait, too.
   */
  async wait(taskId: number, arrived: () => boolean, signal: AbortSignal): Promise<boolean> {
    if (arrived()) return true;
    if (signal.aborted) return false;
    return new Promise<boolean>((resolve, reject) => {
      const onAbort = (): void => {
        this.remove(taskId, look);
        resolve(false);
      };
      const look = (): void => {
        try {
          if (!arrived()) return;
          resolve(true);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
        signal.removeEventListener('abort', onAbort);
        this.remove(taskId, look);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.add(taskId, look);
    });
  }

  private add(taskId: number, look: () => void): void {
    const looks = this.waiters.get(taskId) ?? new Set();
    this.waiters.set(taskId, looks.add(look));
  }

  private remove(taskId: number, look: () => void): void {
    const looks = this.waiters.get(taskId);
    looks?.delete(look);
    if (looks?.size === 0) this.waiters.delete(taskId);
  }
}

/** Tells those who wait that something was committed. */
export class CommitSignal {
  readonly #waiters = new Set<() => void>();
  #count = 0;

  /** How often there was something: who remembers it before looking can wait for what comes after that. */
  get count(): number {
    return this.#count;
  }

  notify(): void {
    this.#count++;
    for (const wake of [...this.#waiters]) wake();
  }

  /**
   * Waits until `count` is another than `seen`, for the abort signal, or for the time to pass (in milliseconds),
   * whichever comes first.
   */
  async next(seen: number, signal: AbortSignal, waitMsMax?: number): Promise<void> {
    if (signal.aborted || this.#count !== seen) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#waiters.delete(wake);
        resolve();
      };
      const timer = waitMsMax === undefined ? undefined : setTimeout(wake, waitMsMax);
      signal.addEventListener('abort', wake);
      this.#waiters.add(wake);
    });
  }
}

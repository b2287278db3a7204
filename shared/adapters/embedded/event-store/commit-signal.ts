/** Tells those who wait that something was committed. */
export class CommitSignal {
  readonly #waiters = new Set<() => void>();

  notify(): void {
    for (const wake of [...this.#waiters]) wake();
  }

  /** Waits for the next `notify`, the abort signal, or the time to pass (in milliseconds), whichever comes first. */
  async next(signal: AbortSignal, waitMsMax?: number): Promise<void> {
    if (signal.aborted) return;
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

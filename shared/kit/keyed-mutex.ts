/** Runs what has the same key one after the other, in the order in which it was asked for; the rest side by side. */
export class KeyedMutex {
  private readonly tails = new Map<string, Promise<unknown>>();

  /** @param task Begun before this returns, unless something of the same key is under way. */
  run<Result>(key: string, task: () => Promise<Result>): Promise<Result> {
    const before = this.tails.get(key);
    // Whether what went before succeeded is no matter of what comes after.
    const result = before === undefined ? begun(task) : before.then(task, task);
    this.tails.set(key, result);
    const done = (): void => {
      if (this.tails.get(key) === result) this.tails.delete(key);
    };
    // Before anybody who waits for the result: whom it sends on finds the key free.
    result.then(done, done);
    return result;
  }
}

/** What it throws at once reaches its caller as what it throws later does. */
function begun<Result>(task: () => Promise<Result>): Promise<Result> {
  try {
    return task();
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

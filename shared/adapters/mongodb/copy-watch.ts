import { setTimeout as delay } from 'node:timers/promises';
import type { CopyRouter } from './copy-router.js';

/** How soon it is noticed that somebody has removed or replaced the data while nothing is written, in milliseconds. */
const LOOK_DELAY_MS = 500;

/** Tells those who write the copy that serves when it is lost, also while they have nothing to write. */
export class CopyWatch {
  private readonly listeners = new Set<(reason: string) => void>();
  private watching: AbortController | undefined;

  constructor(private readonly serving: CopyRouter) {
    serving.onLost = (reason) => {
      for (const listener of [...this.listeners]) listener(reason);
    };
  }

  /** As `ProjectionTarget.whenLost`. */
  whenLost(listener: (reason: string) => void): () => void {
    this.listeners.add(listener);
    if (this.watching === undefined) {
      this.watching = new AbortController();
      void this.watch(this.watching.signal);
    }
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.stop();
    };
  }

  stop(): void {
    this.watching?.abort();
    this.watching = undefined;
  }

  private async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(LOOK_DELAY_MS, undefined, { signal }).catch(() => undefined);
      // An engine that is unavailable has lost nothing.
      if (!signal.aborted) await this.serving.inspect().catch(() => undefined);
    }
  }
}

import { setTimeout as delay } from 'node:timers/promises';

/** How long to wait between tries, in milliseconds. */
export interface BackoffLimits {
  first: number;
  max: number;
}

/**
 * Waits between tries: twice as long each time, up to a limit. Each wait is cut by up to a half at random, so that those whom
 * the same trouble has hit do not all come back at once ("equal jitter", AWS Architecture Blog, Exponential Backoff And Jitter).
 */
export class Backoff {
  private nextMs: number;

  constructor(private readonly limits: BackoffLimits = { first: 50, max: 2_000 }) {
    this.nextMs = limits.first;
  }

  /** How long to wait before the next try, in milliseconds. */
  nextDelayMs(): number {
    const { nextMs } = this;
    this.nextMs = Math.min(nextMs * 2, this.limits.max);
    return Math.round(nextMs * (1 - Math.random() / 2));
  }

  /** Waits for that time, or until the signal fires. */
  async wait(signal: AbortSignal, delayMs = this.nextDelayMs()): Promise<void> {
    await delay(delayMs, undefined, { signal }).catch(() => undefined);
  }

  /** It worked: the next trouble is a new one. */
  reset(): void {
    this.nextMs = this.limits.first;
  }
}

import type { Logger } from '../../shared/core/ports/logger.js';
import type { SealOutlet } from '../../shared/core/ports/seal-outlet.js';
import { Backoff } from '../../shared/kit/backoff.js';

/** How long it is waited between tries to leave a seal, in milliseconds. */
const RETRY_MS = { first: 1_000, max: 60_000 };

/**
 * Leaves the newest seal at each outlet, and tries again until it is there or a newer one takes its place: a newer one says
 * all that those before it said. One outlet does not wait for another.
 */
export class SealPublisher {
  private readonly stopping = new AbortController();
  private readonly queues: OutletQueue[];

  constructor(outlets: readonly SealOutlet[], logger: Logger) {
    this.queues = outlets.map((outlet) => new OutletQueue(outlet, logger, this.stopping.signal));
  }

  /** Has a seal left everywhere. */
  publish(note: string): void {
    for (const queue of this.queues) queue.put(note);
  }

  /** Waits for what is under way, and tries nothing again. Idempotent. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.queues.map((queue) => queue.idle()));
  }
}

/** One outlet, and the one seal that is to be left there. */
class OutletQueue {
  private newest: string | undefined;
  private working: Promise<void> | undefined;

  constructor(
    private readonly outlet: SealOutlet,
    private readonly logger: Logger,
    private readonly signal: AbortSignal,
  ) {}

  put(note: string): void {
    this.newest = note;
    this.working ??= this.work().finally(() => (this.working = undefined));
  }

  async idle(): Promise<void> {
    await this.working;
  }

  private async work(): Promise<void> {
    const backoff = new Backoff(RETRY_MS);
    while (this.newest !== undefined && !this.signal.aborted) {
      const note = this.newest;
      try {
        await this.outlet.leave(note);
        if (this.newest === note) this.newest = undefined;
        backoff.reset();
      } catch (error) {
        const retryDelayMs = backoff.nextDelayMs();
        const reason = error instanceof Error ? error.message : String(error);
        const fields = {
          event: 'seal_not_published',
          outlet: this.outlet.name,
          reason,
          retryDelayMs,
        } as const;
        this.logger.warn(fields, `A seal could not be left at ${this.outlet.name}, and is tried again`);
        await backoff.wait(this.signal, retryDelayMs);
      }
    }
  }
}

import { setMaxListeners } from 'node:events';
import type { BulkCancels } from '../../shared/core/application/bulk-cancels.js';
import type { BulkCancelExecution } from '../../shared/core/application/bulk-cancel-execution.js';
import { UnavailableError } from '../../shared/core/contracts/errors.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import { Backoff } from '../../shared/kit/backoff.js';

/** How many bulk cancels a process works on at once; the others wait. */
const RUNS_AT_ONCE = 2;

/** How many may be under way or waiting in one process. */
const RUNS_MAX = 100;

/**
 * Works on the bulk cancels that were started, in the background, each once at a time. While the ledger is unavailable they
 * wait for it; what this process does not finish goes on with the next start of a command service, or when somebody asks
 * for its execution again.
 */
export class BulkCancelRuns {
  private readonly waiting = new Set<string>();
  private readonly running = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();
  private resuming: Promise<void> | undefined;

  constructor(
    private readonly deps: {
      bulkCancels: Pick<BulkCancels, 'underWay'>;
      execution: Pick<BulkCancelExecution, 'step'>;
      logger: Logger;
    },
  ) {
    setMaxListeners(RUNS_AT_ONCE + 1, this.stopping.signal);
  }

  /** @throws UnavailableError when so many are under way that none can be added. */
  checkRoom(): void {
    if (this.stopping.signal.aborted) throw new UnavailableError('The command service is stopping');
    if (this.waiting.size + this.running.size >= RUNS_MAX) {
      throw new UnavailableError(`More than ${RUNS_MAX} cancellations are under way`);
    }
  }

  /** Works on one that was started, unless it is being worked on already. */
  add(id: string): void {
    if (this.stopping.signal.aborted || this.running.has(id)) return;
    this.waiting.add(id);
    this.fill();
  }

  /** Goes on, in the background, with those that a process before left under way. */
  resume(): void {
    this.resuming ??= this.untilDone(
      'The search for bulk cancels that are under way is stalled',
      async () => {
        for await (const id of this.deps.bulkCancels.underWay()) {
          if (this.stopping.signal.aborted || this.waiting.size + this.running.size >= RUNS_MAX) break;
          this.add(id);
        }
        return 'finished';
      },
    );
  }

  /** Begins with no further task and waits for those under way. Idempotent. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.waiting.clear();
    await Promise.all([this.resuming, ...this.running.values()]);
  }

  private fill(): void {
    for (const id of this.waiting) {
      if (this.running.size >= RUNS_AT_ONCE) return;
      this.waiting.delete(id);
      this.running.set(id, this.run(id));
    }
  }

  private async run(id: string): Promise<void> {
    const { execution } = this.deps;
    await this.untilDone(`Bulk cancel ${id} is stalled`, () => execution.step(id, this.stopping.signal));
    this.running.delete(id);
    this.fill();
  }

  /** Takes step after step; tries again, later each time, while the ledger is unavailable. Never fails. */
  private async untilDone(trouble: string, step: () => Promise<'more' | 'finished'>): Promise<void> {
    const { signal } = this.stopping;
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        if ((await step()) === 'finished') return;
        backoff.reset();
      } catch (err) {
        const { logger } = this.deps;
        if (!(err instanceof UnavailableError))
          return logger.error({ event: 'bulk_cancel_failed', err }, `${trouble}, and is given up`);
        const retryDelayMs = backoff.nextDelayMs();
        logger.warn({ event: 'bulk_cancel_stalled', err, retryDelayMs }, `${trouble}, and is tried again`);
        await backoff.wait(signal, retryDelayMs);
      }
    }
  }
}

import { UnavailableError } from '../../shared/core/contracts/errors.js';
import type { Lease, Leases } from '../../shared/core/ports/lease.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import { Backoff } from '../../shared/kit/backoff.js';

/** Something at work that can be stopped. */
export interface Work {
  /** Finishes what is in hand and ends. Idempotent. */
  stop(): Promise<void>;
}

export interface LeasedWorkOptions<SomeWork extends Work> {
  leases: Leases;
  /** Of the lease. */
  name: string;
  /**
   * Begins the work. What it writes should carry the epoch, so that a later holder's can be told from it. Work that finds
   * what a later one wrote gives the lease up: it is taken again, under a greater epoch.
   */
  start: (epoch: number, giveUp: () => void) => SomeWork;
  logger: Logger;
}

/** Work that is done here while this process holds the lease, and stands by otherwise. */
export interface LeasedWork<SomeWork extends Work> extends Work {
  /** The work, while it is done here. */
  current(): SomeWork | undefined;
}

/**
 * Does work in one process at a time: stands by until it has the lease, begins, stops when the lease is lost, and stands
 * by again. When the engine of the leases is away it tries again until it is back.
 */
export function runUnderLease<SomeWork extends Work>(
  options: LeasedWorkOptions<SomeWork>,
): LeasedWork<SomeWork> {
  const { leases, name, logger } = options;
  const stopping = new AbortController();
  const backoff = new Backoff();
  let current: SomeWork | undefined;

  const workUnder = async (lease: Lease): Promise<void> => {
    const { epoch, lost } = lease;
    const given = new AbortController();
    logger.info({ lease: name, epoch }, `This process works on ${name} now`);
    try {
      current = options.start(epoch, () => given.abort());
      await fired(AbortSignal.any([lost, stopping.signal, given.signal]));
      if (lost.aborted)
        logger.warn({ lease: name, epoch }, `The lease of ${name} is lost: another process may go on`);
      await current.stop();
    } finally {
      current = undefined;
      await lease.release();
    }
    if (given.signal.aborted && !lost.aborted) throw new UnavailableError('A later holder has written');
    backoff.reset();
  };

  const untilStopped = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const lease = await leases.acquire(name, stopping.signal);
        if (lease !== undefined) await workUnder(lease);
      } catch (error) {
        const retryDelayMs = backoff.nextDelayMs();
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn({ lease: name, retryDelayMs }, `The lease of ${name} can't be had: ${reason}`);
        await backoff.wait(stopping.signal, retryDelayMs);
      }
    }
  };

  const running = untilStopped();
  return {
    current: () => current,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function fired(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

import type { Lease, LeaseLoss, Leases } from '../../shared/core/ports/lease.js';
import type { LogEvent } from '../../shared/core/ports/log-events.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import { Backoff } from '../../shared/kit/backoff.js';

/** What is said of a lease that is lost. */
const LOSSES = {
  taken: {
    event: 'lease_taken',
    text: 'is not held by this process any more: another one has it, or what says so was removed; this one stands by',
  },
  not_renewed: {
    event: 'lease_not_renewed',
    text: 'could not be renewed in time: this process stops its work, and another may go on',
  },
} as const satisfies Record<LeaseLoss, { event: LogEvent; text: string }>;

/** A later holder has written: this one's term is over, whatever the engine of the leases says. */
class SupersededError extends Error {}

/** Something at work that can be stopped. */
export interface Work {
  /** Finishes what it has begun and ends. Idempotent. */
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
 * by again. When the engine of the leases is unavailable it tries again until it is back.
 */
export function runUnderLease<SomeWork extends Work>(
  options: LeasedWorkOptions<SomeWork>,
): LeasedWork<SomeWork> {
  const { leases, name, logger } = options;
  const stopping = new AbortController();
  const backoff = new Backoff();
  let current: SomeWork | undefined;

  const tellLoss = (loss: LeaseLoss, epoch: number): void => {
    const { event, text } = LOSSES[loss];
    logger.warn({ event, lease: name, epoch }, `The lease of ${name} ${text}`);
  };
  const workUnder = async (lease: Lease): Promise<void> => {
    const { epoch, lost } = lease;
    const given = new AbortController();
    logger.info({ event: 'lease_acquired', lease: name, epoch }, `This process works on ${name} now`);
    try {
      current = options.start(epoch, () => given.abort());
      await fired(AbortSignal.any([lost, stopping.signal, given.signal]));
      if (lost.aborted) tellLoss(lost.reason as LeaseLoss, epoch);
      await current.stop();
    } finally {
      current = undefined;
      await lease.release();
    }
    if (given.signal.aborted && !lost.aborted) throw new SupersededError();
    backoff.reset();
  };

  const untilStopped = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const lease = await leases.acquire(name, stopping.signal);
        if (lease !== undefined) await workUnder(lease);
      } catch (error) {
        const retryDelayMs = backoff.nextDelayMs();
        if (error instanceof SupersededError) {
          const message = `Another process has written under a later lease of ${name}: this one gives up its own`;
          logger.warn({ event: 'lease_superseded', lease: name, retryDelayMs }, message);
        } else {
          const reason = error instanceof Error ? error.message : String(error);
          const message = `The work under the lease of ${name} can't be begun, and is tried again: ${reason}`;
          logger.warn({ event: 'lease_unavailable', lease: name, retryDelayMs }, message);
        }
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

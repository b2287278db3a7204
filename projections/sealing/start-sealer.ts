import { setTimeout as delay } from 'node:timers/promises';
import { UnavailableError } from '../../shared/core/contracts/errors.js';
import type { ProjectorProgress } from '../../shared/core/ports/projector-status.js';
import { followLedger, type LedgerFollower } from '../engine/follow-ledger.js';
import type { Work } from '../engine/run-under-lease.js';
import { SealPublisher } from './seal-publisher.js';
import { SealWork, type SealWorkOptions } from './seal-work.js';

export interface SealerOptions extends Omit<SealWorkOptions, 'onSeal'> {
  /** The time between two seals, in milliseconds. */
  intervalMs: number;
}

/** How a sealer is doing. */
export interface SealerStatus extends ProjectorProgress {
  /** How many events the last seal covers. */
  sealedEvents: number;
}

/** Something that seals the ledger. */
export interface Sealer extends Work {
  status(): SealerStatus;
}

/**
 * Seals the ledger at an interval, as long as something has happened, and leaves each seal at the outlets. It follows the ledger
 * from the last seal on, and goes on there after a restart. Of several sealers only one at a time has its seals recorded.
 */
export function startSealer(options: SealerOptions): Sealer {
  return new RunningSealer(options);
}

class RunningSealer implements Sealer {
  private readonly stopping = new AbortController();
  private readonly publisher: SealPublisher;
  private readonly work: SealWork;
  private readonly follower: LedgerFollower;
  private readonly ticking: Promise<void>;
  private lastError: string | undefined;

  constructor(private readonly options: SealerOptions) {
    const { outlets, logger, store, clock } = options;
    this.publisher = new SealPublisher(outlets, logger);
    this.work = new SealWork({ ...options, onSeal: (note) => this.publisher.publish(note) });
    this.follower = followLedger({ store, work: this.work, clock, logger });
    this.ticking = this.tickUntilStopped();
  }

  status(): SealerStatus {
    const { lastError, work } = this;
    const progress = this.follower.status();
    return {
      ...progress,
      sealedEvents: work.sealedEvents,
      ...(lastError !== undefined && progress.lastError === undefined && { lastError }),
    };
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ticking;
    await this.follower.stop();
    await this.publisher.stop();
  }

  private async tickUntilStopped(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await delay(this.options.intervalMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.seal();
    }
  }

  private async seal(): Promise<void> {
    const { logger } = this.options;
    try {
      await this.work.seal();
      this.lastError = undefined;
    } catch (error) {
      this.lastError = error instanceof Error ? error.message : String(error);
      const message = 'The ledger could not be sealed for now; it is tried again';
      if (error instanceof UnavailableError)
        logger.warn({ event: 'seal_not_recorded', reason: this.lastError }, message);
      else logger.error({ event: 'seal_not_recorded', err: error }, message);
    }
  }
}

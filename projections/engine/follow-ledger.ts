import { setTimeout as delay } from 'node:timers/promises';
import { TaskledgerError, UnavailableError } from '../../shared/core/contracts/errors.js';
import type { Clock } from '../../shared/core/ports/clock.js';
import type { EventStore, SubscriptionBatch } from '../../shared/core/ports/event-store.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { ProjectorStatus } from '../../shared/core/ports/projector-status.js';
import { Backoff } from '../../shared/kit/backoff.js';
import { ProjectorLag } from './projector-lag.js';
import { watchLedgerEnd } from './watch-ledger-end.js';

/** What is made of the ledger's events, batch by batch in their order. */
export interface LedgerWork {
  /** Whose work it is, for the log: `The feed`. */
  readonly name: string;
  /** Only events of streams whose name starts so concern it. */
  readonly streamPrefix: string;
  /**
   * How long events are gathered once the end of the ledger is reached, in milliseconds: it bounds how many batches there
   * are in a second, at the price of this delay for what comes right after something else.
   */
  readonly gatherMs: number;
  /** Only after a batch of so many events or more, by default always: a few can be taken in at once. */
  readonly gatherFromEvents?: number;
  /** What it could not make sense of so far. */
  readonly parked: { readonly count: number };
  /** Gets ready to begin, or to go on after trouble. Answers after which position. */
  resume(): Promise<string | undefined>;
  /**
   * Whether what it has made is a part of something that was begun with nothing, and has not come to the ledger's end yet.
   * Absent for work that nobody reads the outcome of.
   */
  isPartial?(): boolean;
  /** Answers whether everything so far is on record; what is not goes there with one of the next batches. */
  handleBatch(batch: SubscriptionBatch): Promise<boolean>;
  /**
   * Has a listener told when what was made so far is lost, so that it has to begin again. Answers how to have it told no
   * longer.
   */
  whenLost?(listener: (reason: string) => void): () => void;
}

export interface FollowOptions {
  store: EventStore;
  work: LedgerWork;
  clock: Clock;
  logger: Logger;
}

/** Something that follows the ledger. */
export interface LedgerFollower extends ProjectorStatus {
  /** Whether it has found out where to go on: until then its status says nothing of what there is. */
  hasBegun(): boolean;
  /** Finishes the batch that it works on and ends. Idempotent. */
  stop(): Promise<void>;
}

/** What trying again does not get over: the work ends with it. */
export class StandstillError extends TaskledgerError {}

/**
 * Follows the ledger until it is stopped: gives the work what comes after the position that it resumes at, batch by batch,
 * and keeps account of how far behind it is. When an engine is unavailable it tries again until it is back.
 */
export function followLedger(options: FollowOptions): LedgerFollower {
  const stopping = new AbortController();
  const run = new FollowingRun(options, stopping.signal);
  const running = run.untilStopped();
  void watchLedgerEnd(options.store, run.lag, stopping.signal);
  return {
    hasBegun: () => run.lag.hasBegun,
    status: () => run.lag.status(),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

class FollowingRun {
  readonly lag: ProjectorLag;
  private readonly backoff = new Backoff();

  constructor(
    private readonly options: FollowOptions,
    private readonly signal: AbortSignal,
  ) {
    const { clock, work } = options;
    this.lag = new ProjectorLag(clock, work.parked, work.isPartial !== undefined);
  }

  async untilStopped(): Promise<void> {
    const { logger, work } = this.options;
    while (!this.signal.aborted) {
      try {
        await this.follow();
      } catch (error) {
        if (this.signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        const code = error instanceof TaskledgerError ? error.code : undefined;
        this.lag.failed(reason);
        if (error instanceof StandstillError) {
          logger.error(
            { event: 'projector_ended', code },
            `${work.name} has ended, and is not tried again: ${reason}`,
          );
          return;
        }
        const retryDelayMs = this.backoff.nextDelayMs();
        const fields = { event: 'projector_stalled', code, retryDelayMs } as const;
        logger.warn(fields, `${work.name} is stalled, and tried again: ${reason}`);
        await this.backoff.wait(this.signal, retryDelayMs);
      }
    }
  }

  /** Hands over batches until the signal fires, something fails, or what was made is lost. */
  private async follow(): Promise<void> {
    const { work } = this.options;
    const lost = new AbortController();
    const forget = work.whenLost?.(() => {
      this.lag.lost();
      lost.abort();
    });
    try {
      const position = await work.resume();
      this.lag.resumed(position, work.isPartial?.() ?? false);
      await this.handleAll(position, AbortSignal.any([this.signal, lost.signal]));
      if (!this.signal.aborted && !lost.signal.aborted)
        throw new UnavailableError('The ledger has ended the subscription');
    } finally {
      forget?.();
    }
  }

  private async handleAll(position: string | undefined, signal: AbortSignal): Promise<void> {
    const { store, work } = this.options;
    const { streamPrefix, gatherMs, gatherFromEvents = 0 } = work;
    const from = position === undefined ? { streamPrefix } : { streamPrefix, afterPosition: position };
    let isOnRecord = true;
    for await (const batch of store.subscribe(from, signal)) {
      if (isOnRecord) this.lag.received(batch);
      isOnRecord = await work.handleBatch(batch);
      if (!isOnRecord) continue;
      this.lag.took(batch);
      this.backoff.reset();
      if (!batch.caughtUp) continue;
      if (gatherMs > 0 && batch.events.length >= gatherFromEvents)
        await delay(gatherMs, undefined, { signal }).catch(() => undefined);
      this.lag.listening();
    }
  }
}

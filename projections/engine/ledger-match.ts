import { setTimeout as delay } from 'node:timers/promises';
import { ledgerMismatch } from '../../shared/core/application/ledger-mismatch.js';
import { UnavailableError } from '../../shared/core/contracts/errors.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { ProjectorProgress, ProjectorStatus } from '../../shared/core/ports/projector-status.js';
import type { ServedMarks } from '../../shared/core/ports/read-model.js';
import { SharedLook } from '../../shared/kit/shared-look.js';

/** How often it is looked, in milliseconds. */
const LOOK_DELAY_MS = 500;

export interface LedgerMatchOptions {
  store: Pick<EventStore, 'identity' | 'fingerprintAt' | 'lastPosition'>;
  served: ServedMarks;
  /** The name of the projection whose data is looked at. */
  projection: string;
  logger: Logger;
}

/** Whether what a read model serves was made from the ledger that this process has. */
export interface LedgerMatch {
  /**
   * Looks now.
   *
   * @throws UnavailableError when it was made from another ledger, or an engine is unavailable.
   */
  check(): Promise<void>;
  /** A projector's status in which what was made from another ledger, or is a part, counts as being built. */
  matched(projector: ProjectorStatus): ProjectorStatus;
  /** Looks no longer. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Looks again and again whether what is served was made from this ledger, for a process that answers from what others
 * make: they put it right, and until then it is not answered from. While an engine is unavailable it stays as it was last
 * found; before anything was found, nothing is answered from.
 */
export function startLedgerMatch(options: LedgerMatchOptions): LedgerMatch {
  const stopping = new AbortController();
  const match = new RunningMatch(options);
  const running = match.untilStopped(stopping.signal);
  return {
    check: () => match.check(),
    matched: (projector) => ({ status: () => match.seenBy(projector.status()) }),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

interface Found {
  /** Why it is another ledger's. */
  mismatch?: string;
  /** Whether it was begun with nothing and has not come to the ledger's end. */
  partial: boolean;
}

class RunningMatch {
  private found: Found = { partial: true };
  private readonly looks = new SharedLook(() => this.look());

  constructor(private readonly options: LedgerMatchOptions) {}

  async untilStopped(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.looks.ask().catch((error: unknown) => {
        this.options.logger.debug(
          { event: 'read_model_match_unknown', err: error },
          'Whether the read model is of this ledger can not be told now; it is asked again',
        );
      });
      await delay(LOOK_DELAY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async check(): Promise<void> {
    const { mismatch } = await this.looks.ask();
    if (mismatch !== undefined)
      throw new UnavailableError(`The read model is not answered from: ${mismatch}`);
  }

  seenBy(progress: ProjectorProgress): ProjectorProgress {
    const { mismatch, partial } = this.found;
    if (mismatch === undefined && !partial) return progress;
    return { ...progress, rebuilding: true, ...(mismatch !== undefined && { lastError: mismatch }) };
  }

  private async look(): Promise<Found> {
    const { store, served, projection, logger } = this.options;
    const [ledgerId, { begun, marks }] = await Promise.all([store.identity(), served.servedFrom(projection)]);
    const mismatch = ledgerId === undefined ? undefined : await ledgerMismatch(store, ledgerId, marks);
    const isEmpty = !begun && (await store.lastPosition()) === undefined;
    const partial = !isEmpty && (!begun || marks.some((mark) => mark.partial === true));
    if (mismatch !== undefined && mismatch !== this.found.mismatch)
      logger.warn(
        { event: 'read_model_mismatch', projection },
        `The read model is not answered from: ${mismatch}`,
      );
    this.found = { partial, ...(mismatch !== undefined && { mismatch }) };
    return this.found;
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { ledgerMismatch } from '../../shared/core/application/ledger-mismatch.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { LedgerMark } from '../../shared/core/ports/read-model.js';

/** How soon it is noticed, in milliseconds. */
const LOOK_DELAY_MS = 500;

export interface LedgerWatchOptions {
  store: Pick<EventStore, 'identity' | 'fingerprintAt' | 'lastPosition'>;
  logger: Logger;
  /** Called each time that another ledger is there than before. */
  replaced: () => void;
}

/**
 * Looks again and again whether the ledger is the one that it was: after an outage another one may be there, or an older
 * copy, in which what was loaded before is not true. While it is unavailable it stays the one that it was.
 */
export function watchLedger({ store, logger, replaced }: LedgerWatchOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  let seen: Partial<LedgerMark> | undefined;

  const look = async (): Promise<void> => {
    const [ledgerId, position] = await Promise.all([store.identity(), store.lastPosition()]);
    const reason = seen === undefined ? undefined : await ledgerMismatch(store, ledgerId, [seen]);
    const fingerprint = position === undefined ? undefined : await store.fingerprintAt(position);
    // A position that nothing is told from is none to hold the ledger to later.
    seen = {
      ...(ledgerId !== undefined && { ledgerId }),
      ...(fingerprint !== undefined && position !== undefined && { position, fingerprint }),
    };
    if (reason === undefined) return;
    logger.error(
      { event: 'ledger_replaced' },
      `The ledger was replaced, and what this process had loaded is dropped: ${reason}`,
    );
    replaced();
  };
  const untilStopped = async (): Promise<void> => {
    while (!signal.aborted) {
      await look().catch((error: unknown) => {
        logger.debug(
          { event: 'ledger_identity_unknown', err: error },
          'Which ledger is there can not be told now; it is asked again',
        );
      });
      await delay(LOOK_DELAY_MS, undefined, { signal }).catch(() => undefined);
    }
  };

  const running = untilStopped();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

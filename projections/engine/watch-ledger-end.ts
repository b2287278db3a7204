import { setTimeout as delay } from 'node:timers/promises';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import type { ProjectorLag } from './projector-lag.js';

/** How often it looks where the ledger ends. */
const LOOK_DELAY_MS = 1_000;

/**
 * Tells now and then where the ledger ends, until the signal fires: whoever follows it is behind when it does not come so
 * far, also when it hears nothing and believes that there is nothing.
 */
export async function watchLedgerEnd(
  store: Pick<EventStore, 'lastPosition'>,
  lag: Pick<ProjectorLag, 'looks' | 'sawEnd'>,
  signal: AbortSignal,
  lookDelayMs = LOOK_DELAY_MS,
): Promise<void> {
  for (;;) {
    await delay(lookDelayMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    lag.looks();
    await store.lastPosition().then(
      (end) => lag.sawEnd(end),
      // It goes on looking; until then it is not known how far the ledger has come.
      () => undefined,
    );
  }
}

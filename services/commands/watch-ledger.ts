import { setTimeout as delay } from 'node:timers/promises';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import type { Logger } from '../../shared/core/ports/logger.js';

/** How soon it is noticed, in milliseconds. */
const LOOK_DELAY_MS = 500;

export interface LedgerWatchOptions {
  store: Pick<EventStore, 'identity' | 'fingerprintAt' | 'lastPosition'>;
  logger: Logger;
  /** Called each time that another ledger is there than before. */
  replaced: () => void;
}

/** What a ledger is known by. */
interface Seen {
  ledgerId: string | undefined;
  /** Of its last event. */
  position: string | undefined;
  fingerprint: string | undefined;
}

/**
 * Looks again and again whether the ledger is the one that it was: after an outage another one may be there, or an older
 * copy, in which what was loaded before is not true. While it is unavailable it stays the one that it was.
 */
export function watchLedger({ store, logger, replaced }: LedgerWatchOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  let seen: Seen | undefined;

  const look = async (): Promise<void> => {
    const [ledgerId, position] = await Promise.all([store.identity(), store.lastPosition()]);
    const reason = seen === undefined ? undefined : await whyAnother(store, seen, ledgerId);
    const fingerprint = position === undefined ? undefined : await store.fingerprintAt(position);
    seen = { ledgerId, position, fingerprint };
    if (reason === undefined) return;
    logger.error(
      { event: 'ledger_replaced' },
      `The ledger was replaced: this process drops what it had loaded, and goes on with what is there: ${reason}`,
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

async function whyAnother(
  store: LedgerWatchOptions['store'],
  seen: Seen,
  ledgerId: string | undefined,
): Promise<string | undefined> {
  if (seen.ledgerId !== ledgerId)
    return `it was the ledger ${seen.ledgerId ?? 'of no id'}, and it is ${ledgerId ?? 'one of no id'} now`;
  if (seen.position === undefined || seen.fingerprint === undefined) return undefined;
  const found = await store.fingerprintAt(seen.position);
  if (found === seen.fingerprint) return undefined;
  return (
    `the ledger ${ledgerId ?? 'of no id'} had event ${seen.fingerprint} at position ${seen.position}, ` +
    `and has ${found ?? 'none'} there now: it is an older copy`
  );
}

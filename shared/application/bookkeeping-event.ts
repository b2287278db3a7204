import type { JsonObject } from '../domain/json.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { NewEvent, RecordedEvent } from '../ports/event-store.js';
import { chainEvent, GENESIS_HASH, SCHEMA_VERSION } from './stored-event.js';

/**
 * Makes the next event of one of the ledger's own streams (id blocks, reservations, bulk cancels), which nobody outside
 * has sent.
 *
 * @param more What its metadata has beside the times and the chain.
 */
export function bookkeepingEvent(
  stream: string,
  previous: RecordedEvent | undefined,
  type: string,
  data: JsonObject,
  { clock, crypto }: { clock: Clock; crypto: Crypto },
  more: Record<string, string> = {},
): NewEvent {
  const now = new Date(clock.nowMs()).toISOString();
  const before = previous?.metadata.recorded_at ?? now;
  return chainEvent(
    { stream, revision: (previous?.revision ?? -1) + 1 },
    type,
    data,
    {
      ...more,
      prev: previous?.metadata.hash ?? GENESIS_HASH,
      recorded_at: before > now ? before : now,
      schema_version: SCHEMA_VERSION,
    },
    crypto,
  );
}

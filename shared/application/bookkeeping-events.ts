import { timeOf } from '../contracts/time.js';
import { canonicalJson } from '../domain/json.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { NewEvent, RecordedEvent } from '../ports/event-store.js';
import { chainEvent, sealedData } from './chained-event.js';
import { GENESIS_HASH, SCHEMA_VERSION } from './stored-event.js';

/**
 * Makes the next events of one of the ledger's own streams (id blocks, reservations, bulk cancels), which nobody outside
 * has sent.
 *
 * @param previous The last event of the stream, or `undefined` when there is none.
 * @param happened What the events say; the names of their members are of lower-case letters and underscores.
 * @param more What their metadata has beside the times and the chain.
 */
export function bookkeepingEvents(
  stream: string,
  previous: RecordedEvent | undefined,
  happened: readonly { type: string; facts: object }[],
  { clock, crypto }: { clock: Clock; crypto: Crypto },
  more: Record<string, string> = {},
): NewEvent[] {
  const now = timeOf(clock.nowMs());
  const before = previous?.metadata.recorded_at ?? now;
  const recorded_at = before > now ? before : now;
  let revision = previous?.revision ?? -1;
  let prev = previous?.metadata.hash ?? GENESIS_HASH;
  return happened.map(({ type, facts }) => {
    const metadata = canonicalJson({ ...more, prev, recorded_at, schema_version: SCHEMA_VERSION });
    const place = { stream, revision: ++revision };
    const event = chainEvent(place, type, sealedData(facts, crypto), metadata.slice(1, -1), crypto);
    prev = event.hash;
    return event;
  });
}

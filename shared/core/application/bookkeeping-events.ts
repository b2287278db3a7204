import { timeOf } from '../contracts/time.js';
import { canonicalJson } from '../domain/json.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { NewEvent, RecordedEvent } from '../ports/event-store.js';
import { chainEvent } from './chained-event.js';
import { NO_EVENT_BEFORE } from './event-hash.js';
import { sealedFacts } from './stored-facts.js';

/**
 * Makes the next events of one of the ledger's own streams (id blocks, reservations, bulk cancels), which nobody outside
 * has sent.
 *
 * @param previous The last event of the stream, or `undefined` when there is none.
 * @param happened What the events say; the names of their members are of lower-case letters and underscores.
 * @param more What their metadata has beside the time and the hash.
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
  let prev = previous?.metadata.hash ?? NO_EVENT_BEFORE;
  const metadata = canonicalJson({ ...more, recorded_at }).slice(1, -1);
  return happened.map(({ type, facts }) => {
    const place = { stream, revision: ++revision, prev };
    const event = chainEvent(place, type, sealedFacts(facts, crypto), metadata, crypto);
    prev = event.hash;
    return event;
  });
}

import { IDENTITY_STREAM, IDENTITY_TYPE } from '../contracts/identity-stream.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { NewEvent } from '../ports/event-store.js';
import { bookkeepingEvents } from './bookkeeping-events.js';

/**
 * The event that gives a ledger its id, on an engine that has none of its own: the first one of `IDENTITY_STREAM`.
 *
 * @param ledgerId A UUID.
 */
export function identityEvent(ledgerId: string, deps: { clock: Clock; crypto: Crypto }): NewEvent {
  const happened = [{ type: IDENTITY_TYPE, facts: { ledger_id: ledgerId } }];
  const [event] = bookkeepingEvents(IDENTITY_STREAM, undefined, happened, deps);
  return event as NewEvent;
}

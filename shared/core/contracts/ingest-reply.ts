import { InvalidRequestError, LedgerDeniedError, TooManyEventsError, UnavailableError } from './errors.js';
import type { BusFailure, EventOutcome } from './messages.js';

/**
 * What became of each event, by a command service's reply to them.
 *
 * @throws the failure, where it is one.
 */
export function outcomesIn(said: unknown): EventOutcome[] {
  const reply = said as EventOutcome[] | BusFailure;
  if (Array.isArray(reply)) return reply;
  const { code, message } = reply.error;
  if (code === 'invalid_request') throw new InvalidRequestError(message);
  if (code === 'too_many_events') throw new TooManyEventsError(message);
  throw code === 'ledger_access_denied' ? new LedgerDeniedError(message) : new UnavailableError(message);
}

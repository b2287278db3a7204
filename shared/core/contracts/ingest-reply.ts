import { InvalidRequestError, LedgerDeniedError, TooManyEventsError, UnavailableError } from './errors.js';
import type { BusFailure, EventOutcome, IngestOutcome } from './messages.js';

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

/**
 * One member of each outcome that has it as a text, out of outcomes as `JSON.stringify` writes them: without reading all that
 * they say.
 */
export function memberTexts(outcomesJson: string, name: keyof IngestOutcome): string[] {
  // Inside a text of JSON every quotation mark has a backslash before it, so that this can be nothing but the member.
  const member = `"${name}":"`;
  const texts: string[] = [];
  for (let at = outcomesJson.indexOf(member); at !== -1;) {
    const start = at + member.length;
    const end = outcomesJson.indexOf('"', start);
    texts.push(outcomesJson.slice(start, end));
    at = outcomesJson.indexOf(member, end);
  }
  return texts;
}

/** The greatest of the positions of outcomes, in the same form: that of all of them. `null` where none is on disk. */
export function lastPositionIn(outcomesJson: string): string | null {
  return memberTexts(outcomesJson, 'position').reduce<string | null>(
    (last, position) => (last === null || position > last ? position : last),
    null,
  );
}

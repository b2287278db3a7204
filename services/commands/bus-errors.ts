import {
  InvalidRequestError,
  LedgerRefusalError,
  TooManyEventsError,
  UnavailableError,
} from '../../shared/core/contracts/errors.js';
import type { BusFailure } from '../../shared/core/contracts/messages.js';
import { withoutSecrets } from '../../shared/runtime/observability/secrets.js';

/**
 * What an error becomes over the bus. An error that nobody has foreseen is thrown on: it is logged, and the caller is
 * told that there was no answer.
 */
export function failureOf(error: unknown): BusFailure {
  if (
    error instanceof LedgerRefusalError ||
    error instanceof InvalidRequestError ||
    error instanceof TooManyEventsError ||
    error instanceof UnavailableError
  ) {
    const code = error.code as BusFailure['error']['code'];
    // What callers have sent is said back to them as it was: taken out of it, a secret would be told.
    const message = error instanceof UnavailableError ? withoutSecrets(error.message) : error.message;
    return { ok: false, error: { code, message } };
  }
  throw error;
}

import { InvalidRequestError, UnavailableError } from '../../shared/contracts/errors.js';

/** The reply to a request that could not be carried out at all. */
export interface BusFailure {
  ok: false;
  error: { code: 'invalid_request' | 'unavailable'; message: string };
}

/**
 * What an error becomes over the bus. An error that nobody has foreseen is thrown on: it is logged, and the caller is
 * told that there was no answer.
 */
export function failureOf(error: unknown): BusFailure {
  if (error instanceof InvalidRequestError || error instanceof UnavailableError) {
    return { ok: false, error: { code: error.code as BusFailure['error']['code'], message: error.message } };
  }
  throw error;
}

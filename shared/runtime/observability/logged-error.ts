import { stdSerializers } from 'pino';
import { LedgerRefusalError, UnavailableError } from '../../core/contracts/errors.js';

/**
 * An error as the log shows it. Of what an engine refuses, or is away for, the place in the program tells nothing, and there
 * may be thousands a second: such an error has no `stack`.
 */
export function loggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { stack, ...others } = stdSerializers.err(error);
  const isForeseen = error instanceof UnavailableError || error instanceof LedgerRefusalError;
  return isForeseen ? others : { ...others, stack };
}

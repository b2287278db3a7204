import { within } from '../../kit/within.js';
import {
  LedgerDeniedError,
  StreamDeletedError,
  TaskledgerError,
  UnavailableError,
} from '../../core/contracts/errors.js';

/** What the client's errors and those of gRPC say, as far as they do. */
interface EngineError {
  message?: string;
  /** The client's own name for it. */
  type?: string;
  /** The status of gRPC. */
  code?: unknown;
  metadata?: { get(name: string): (string | Uint8Array)[] };
}

/**
 * What a promise comes to, if it does within the time. Else the call behind it is left to itself.
 *
 * @param tooLate Called when it does not, to stop what can be stopped.
 * @throws UnavailableError naming what took too long, or with the failure as its cause.
 */
export async function answerWithin<Value>(
  what: string,
  ms: number,
  promise: Promise<Value>,
  tooLate: () => void = () => undefined,
): Promise<Value> {
  const late = (): Error => {
    tooLate();
    return new UnavailableError(`KurrentDB: ${what} took longer than ${Math.round(ms)} ms`);
  };
  try {
    return await within(promise, ms, late);
  } catch (error) {
    throw asUnavailable(what, error);
  }
}

/** The statuses of gRPC that say that the engine does not let us in: PERMISSION_DENIED, UNAUTHENTICATED. */
const DENIED_CODES = new Set<unknown>([7, 16]);

/** What goes wrong between us and the engine means that it is away, but for what it says; our own errors stay what they are. */
export function asUnavailable(what: string, error: unknown): Error {
  if (error instanceof TaskledgerError) return error;
  const { message, type, code, metadata } = error as EngineError;
  const said = type ?? metadata?.get('exception')[0]?.toString();
  if (said === 'stream-deleted') return new StreamDeletedError(what, { cause: error });
  if (said === 'access-denied' || DENIED_CODES.has(code)) {
    return new LedgerDeniedError(`KurrentDB does not let this user in: ${what}`, { cause: error });
  }
  // Errors of reads carry nothing but a type.
  const reason = [type, message].filter((part) => part !== undefined && part !== '').join(': ');
  return new UnavailableError(`KurrentDB: ${what} failed: ${reason}`, { cause: error });
}

import { TaskledgerError, UnavailableError } from '../../contracts/errors.js';

/**
 * What a promise comes to, if it does within the time. Else the call behind it is left to itself.
 *
 * @param tooLate Called when it does not, to stop what can be stopped.
 * @throws UnavailableError naming what took too long, or with the failure as its cause.
 */
export async function within<Value>(
  what: string,
  ms: number,
  promise: Promise<Value>,
  tooLate: () => void = () => undefined,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new UnavailableError(`KurrentDB: ${what} took longer than ${ms} ms`));
      tooLate();
    }, ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } catch (error) {
    throw asUnavailable(what, error);
  } finally {
    clearTimeout(timer);
  }
}

/** Whatever goes wrong between us and the engine means that it is away; our own errors stay what they are. */
export function asUnavailable(what: string, error: unknown): Error {
  if (error instanceof TaskledgerError) return error;
  const { message, type } = error as { message?: string; type?: string };
  // Errors of reads carry nothing but a type.
  const reason = [type, message].filter((part) => part !== undefined && part !== '').join(': ');
  return new UnavailableError(`KurrentDB: ${what} failed: ${reason}`, { cause: error });
}

import { TaskledgerError, UnavailableError } from '../../contracts/errors.js';

/**
 * What a promise comes to, if it does within the time. The call behind it can't be stopped: it is left to itself.
 *
 * @throws UnavailableError naming what took too long, or with the failure as its cause.
 */
export async function within<Value>(what: string, ms: number, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new UnavailableError(`KurrentDB: ${what} took longer than ${ms} ms`)),
      ms,
    );
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

import { TaskledgerError, UnavailableError } from '../../core/contracts/errors.js';

/** What systems say when there is no room, for a file or for its owner: nothing is wrong with the file. */
const FULL_CODES = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** The same as LMDB says it: it gives texts only, and takes a write that is cut short for one that failed. */
const FULL_TEXTS = /No space left|Disk quota exceeded|File too large|Input\/output error/;

/** Whether an error says that the disk, or what its owner may use of it, is full. */
export function isDiskFull(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message: string };
  // LMDB's own codes are numbers.
  return typeof code === 'string' ? FULL_CODES.includes(code) : FULL_TEXTS.test(message);
}

/** What an error says, in a few words. */
export function diskReason(error: unknown): string {
  return isDiskFull(error) ? 'the disk is full' : (error as Error).message;
}

/** Reads from a file. @throws UnavailableError naming it, when the system refuses. */
export function reading<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof TaskledgerError) throw error;
    throw new UnavailableError(`${path} can't be read: ${(error as Error).message}`, { cause: error });
  }
}

import { InvalidSettingError, UnavailableError } from '../../core/contracts/errors.js';
import { systemLimitOf } from '../../core/contracts/system-limits.js';
import { isDiskFull } from './disk-errors.js';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENOTDIR: 'it is not a folder',
  EEXIST: 'it is not a folder',
  ENOLCK: 'its file system has no locks',
  ENOTSUP: 'its file system has no locks',
};

/** What the operating system refused, as one line about the folder; every other error as it is. */
export function asSettingError(path: string, error: unknown): unknown {
  if (error instanceof InvalidSettingError) return error;
  // What could not be read says so itself; why is in its cause.
  const cause = error instanceof UnavailableError ? (error.cause ?? error) : error;
  const { code = '' } = cause as NodeJS.ErrnoException;
  const reason = isDiskFull(cause) ? 'the disk is full' : (systemLimitOf(cause) ?? REASONS[code]);
  if (reason === undefined) return error;
  return new InvalidSettingError(`The folder ${path} can't be used: ${reason}`, { cause: error });
}

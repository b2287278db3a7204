import { InvalidSettingError } from '../../contracts/errors.js';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'it is not a folder',
  EEXIST: 'it is not a folder',
  ENOSPC: 'the disk is full',
  ENOLCK: 'its file system has no locks',
  ENOTSUP: 'its file system has no locks',
};

/** What the operating system refused, as one line about the folder; every other error as it is. */
export function asSettingError(path: string, error: unknown): unknown {
  const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
  if (reason === undefined) return error;
  return new InvalidSettingError(`The folder ${path} can't be used: ${reason}`, { cause: error });
}

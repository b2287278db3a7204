import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InvalidSettingError } from '../../core/contracts/errors.js';
import { asSettingError } from './folder-errors.js';

/**
 * Makes a folder and those above it, where they are missing. One after the other: where the system lets nobody make one
 * (`/proc`), Node's own way of making them all tries for ever.
 *
 * @throws InvalidSettingError when it can't be made.
 */
export function makeFolder(path: string): void {
  try {
    for (const folder of missingFolders(resolve(path))) make(folder);
  } catch (cause) {
    const error = asSettingError(path, cause);
    if (error instanceof InvalidSettingError) throw error;
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'no folder can be made there' : (code ?? String(cause));
    throw new InvalidSettingError(`The folder ${path} can't be used: ${reason}`, { cause });
  }
}

/** The folders that are missing on the way to one, and it; outermost first. */
function missingFolders(path: string): string[] {
  const missing: string[] = [];
  let at = path;
  while (statSync(at, { throwIfNoEntry: false }) === undefined) {
    missing.unshift(at);
    at = dirname(at);
  }
  return missing;
}

function make(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Somebody else was faster, or it is a link.
    const there = statSync(folder, { throwIfNoEntry: false });
    if (there === undefined)
      throw new InvalidSettingError(`The folder ${folder} can't be used: it is a link to nowhere`, {
        cause: error,
      });
    if (!there.isDirectory()) throw error;
  }
}

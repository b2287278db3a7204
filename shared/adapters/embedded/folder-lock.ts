import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';
import { InvalidSettingError } from '../../core/contracts/errors.js';
import { asSettingError } from './folder-errors.js';
import { ownIdentity, type ProcessIdentity } from './process-identity.js';

/** In the folder that is held. It is never removed: whoever waits for it must come upon the same file. */
export const LOCK_FILE = 'lock';

const TEXT_BYTES_MAX = 256;
/** The byte that is locked is far behind the text, which can be read while it is (Windows locks reads out). */
const LOCKED_BYTE = 1 << 20;
/** How often another file may have taken the place of the one that was locked. */
const TRIES_MAX = 5;

/**
 * Holds a folder for this process as the one that writes. The kernel keeps the lock: no other process gets it, in whatever
 * container it runs, as long as both see the same folder; and it is free as soon as the process has ended, however that
 * came about.
 */
export class FolderLock {
  private constructor(private handle: number | undefined) {}

  /**
   * Takes the lock of a folder, which must exist.
   *
   * @throws InvalidSettingError when somebody holds it, in this process or another one, or when the folder can't be used.
   */
  static take(folder: string): FolderLock {
    try {
      for (let tried = 0; tried < TRIES_MAX; tried++) {
        const handle = lockedFile(folder);
        if (handle !== undefined) return new FolderLock(handle);
      }
    } catch (error) {
      throw asSettingError(folder, error);
    }
    throw new InvalidSettingError(`The folder ${folder} can't be used: it is replaced again and again`);
  }

  /** Lets go of the folder. Idempotent. */
  release(): void {
    if (this.handle === undefined) return;
    closeSync(this.handle);
    this.handle = undefined;
  }
}

/** Opens and locks the file; `undefined` when another file has taken its place meanwhile. */
function lockedFile(folder: string): number | undefined {
  const file = join(folder, LOCK_FILE);
  const handle = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o644);
  try {
    if (!tryLock(handle, LOCKED_BYTE, 1)) throw new InvalidSettingError(inUse(folder, holderIn(handle)));
    const [held, there] = [fstatSync(handle), statSync(file, { throwIfNoEntry: false })];
    if (held.ino === there?.ino && held.dev === there.dev) {
      putOnRecord(handle);
      return handle;
    }
  } catch (error) {
    closeSync(handle);
    throw error;
  }
  closeSync(handle);
  return undefined;
}

/** Says in the file who holds it. Only messages depend on it, so that a full disk stops nobody. */
function putOnRecord(handle: number): void {
  try {
    ftruncateSync(handle, 0);
    writeSync(handle, JSON.stringify(ownIdentity()), 0);
  } catch {
    // Whoever finds the folder in use is told of it without a pid then.
  }
}

function holderIn(handle: number): ProcessIdentity | undefined {
  try {
    const bytes = Buffer.alloc(TEXT_BYTES_MAX);
    const length = readSync(handle, bytes, 0, TEXT_BYTES_MAX, 0);
    return JSON.parse(bytes.toString('utf8', 0, length)) as ProcessIdentity;
  } catch {
    // It has just been taken, or the disk was full.
    return undefined;
  }
}

function inUse(folder: string, holder: ProcessIdentity | undefined): string {
  if (holder === undefined) return `The folder ${folder} is in use by another process`;
  const own = ownIdentity();
  // Two containers may give the same pid to two processes.
  const who = holder.pid === own.pid && holder.started === own.started ? 'this process' : 'another process';
  return `The folder ${folder} is in use by ${who} (pid ${holder.pid})`;
}

import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open, type Database, type DatabaseOptions, type Key, type RootDatabase } from 'lmdb';
import { CorruptStoreError, InvalidSettingError } from '../../core/contracts/errors.js';
import { systemLimitOf } from '../../core/contracts/system-limits.js';
import { asSettingError } from './folder-errors.js';
import { FolderLock } from './folder-lock.js';
import {
  readFolderState,
  STATE_FILE,
  writeFolderState,
  type FolderFormat,
  type FolderState,
} from './folder-state.js';
import { checkLmdbFile, fillLmdbFile } from './lmdb-file-check.js';
import { allocateLmdbLockFile, LMDB_LOCK_FILE } from './lmdb-lock-file.js';
import { checkLmdbTree } from './lmdb-tree-check.js';
import { makeFolder } from './make-folder.js';
import { bootId } from './process-identity.js';

export interface DerivedFolderOptions {
  /** For reading beside a process that writes; the folder must exist then. */
  readOnly?: boolean;
  /** Told why what was there is taken away: it is to be made again. */
  replaced?: (reason: string) => void;
}

const DATA_FILE = 'data.mdb';
/** Says why what is in the folder is not to be kept. Whoever finds that out makes it, readers too. */
const DOUBT_FILE = 'doubt';
const DATABASES_MAX = 32;
/** So many times in a row a process may end without closing it: data that ends every process that reads it must not stay. */
const UNCLEAN_MAX = 5;
/** How long LMDB's file may be looked at before it is opened: as much as this is enough for some ten thousand pages. */
const TREE_CHECK_MS = 300;
/** Once it has been in use for so long, the data is not what ended the processes before. */
const PROVEN_MS = 60_000;

/**
 * A data folder whose content can be made again: one LMDB environment that is never synced while it is in use. A process
 * that is killed leaves everything to the operating system, and loses nothing. After a crash of the machine, and in any
 * other doubt, the content is taken away: what is found in the folder is right, or nothing is.
 */
export class DerivedFolder {
  private closing: Promise<void> | undefined;
  private file: string | undefined;
  private proven: NodeJS.Timeout | undefined;

  private constructor(
    readonly path: string,
    private readonly lock: FolderLock | undefined,
    private readonly format: FolderFormat,
    /** Any database of it runs transactions for all of them. It is another one after `replace`. */
    private environment: RootDatabase<string, string>,
  ) {
    this.file = identityIn(path);
  }

  /**
   * Opens a folder; a writer makes it when it does not exist. One process at a time may write, any number may read.
   *
   * @throws InvalidSettingError when the folder can't be used: no permission, no folder, another process writes to it, no
   *   room, nothing there to be read.
   */
  static open(path: string, format: FolderFormat, options: DerivedFolderOptions = {}): DerivedFolder {
    const { readOnly = false, replaced = () => undefined } = options;
    if (readOnly) {
      if (!existsSync(join(path, DATA_FILE)))
        throw new InvalidSettingError(`There is nothing to read in the folder ${path} yet`);
      return new DerivedFolder(path, undefined, format, openEnvironment(path, true));
    }
    let lock: FolderLock | undefined;
    try {
      makeFolder(path);
      lock = FolderLock.take(path);
      const reason = whyNotKept(path, format);
      if (reason !== undefined) {
        removeContent(path);
        replaced(reason);
      }
      const folder = new DerivedFolder(path, lock, format, openOrReplace(path, format, replaced));
      folder.prove();
      return folder;
    } catch (error) {
      lock?.release();
      throw asSettingError(path, error);
    }
  }

  /** Whether a folder was made here, and is not a copy, which may be that of several moments. */
  static isOriginal(path: string): boolean {
    const file = join(path, DATA_FILE);
    return existsSync(file) && readFolderState(path)?.file === fileIdentity(file);
  }

  /** Whether somebody has found that what is in a folder is not what was written. */
  static isInDoubt(path: string): boolean {
    return existsSync(join(path, DOUBT_FILE));
  }

  /** Whether the folder still holds what this one has opened: a writer may have begun again. */
  get isCurrent(): boolean {
    return this.file === identityIn(this.path);
  }

  get readOnly(): boolean {
    return this.lock === undefined;
  }

  get root(): RootDatabase<string, string> {
    return this.environment;
  }

  /**
   * Opens a named database, which a writer makes when there is none.
   *
   * @throws CorruptStoreError for a reader, when there is none.
   */
  openDatabase<Value, DatabaseKey extends Key>(
    name: string,
    options: DatabaseOptions,
  ): Database<Value, DatabaseKey> {
    // The library answers `undefined` where its types don't say so.
    const database = this.root.openDB(name, options) as Database<never, never> | undefined;
    if (database === undefined)
      throw new CorruptStoreError(`The folder ${this.path} lacks the database ${name}`);
    return database;
  }

  /**
   * Takes everything away, and begins again with an empty environment. Databases of the former one can't be used any more.
   *
   * @throws InvalidSettingError when the folder can't be used.
   */
  async replace(): Promise<void> {
    await this.root.close();
    try {
      removeContent(this.path);
      this.environment = openForWriting(this.path, this.format);
      this.file = identityIn(this.path);
    } catch (error) {
      throw asSettingError(this.path, error);
    }
  }

  /** Puts on record, on disk, that what is here is not what was written: whoever opens it next for writing begins again. */
  doubt(reason: string): void {
    writeFileSync(join(this.path, DOUBT_FILE), reason, { flush: true });
    syncFolder(this.path);
  }

  /** Puts everything on disk, and lets another process write. Idempotent. */
  close(): Promise<void> {
    return (this.closing ??= this.letGo());
  }

  private async letGo(): Promise<void> {
    clearTimeout(this.proven);
    await this.root.close();
    if (this.lock === undefined) return;
    try {
      const file = await openFile(join(this.path, DATA_FILE), 'r+');
      await file.datasync().finally(() => file.close());
      writeFolderState(this.path, { ...stateOf(this.path, this.format), clean: true });
    } catch {
      // It stays on record as in use: after a crash of the machine it is made again.
    } finally {
      this.lock.release();
    }
  }

  private prove(): void {
    this.proven = setTimeout(() => {
      try {
        writeFolderState(this.path, stateOf(this.path, this.format));
      } catch {
        // The disk is in trouble. Then it counts as unproven.
      }
    }, PROVEN_MS).unref();
  }
}

/** Why what stands in a folder can't be relied on; `undefined` when it can, and when there is nothing. */
function whyNotKept(path: string, { format, version }: FolderFormat): string | undefined {
  const file = join(path, DATA_FILE);
  const state = readFolderState(path);
  if (!existsSync(file)) return state === undefined ? undefined : 'its data file is gone';
  if (DerivedFolder.isInDoubt(path)) return 'something in it was not what was written';
  if (state === undefined) return 'it is of another version, or the record of its state is gone';
  if (state.format !== format || state.version !== version)
    return `it holds ${state.format} version ${state.version}, and this program reads ${format} version ${version}`;
  if (state.file !== fileIdentity(file)) return 'it is a copy';
  if (!state.clean && state.boot !== bootId()) return 'the machine has stopped while it was in use';
  if (state.unclean >= UNCLEAN_MAX) return `the last ${state.unclean} processes that used it ended early`;
  try {
    checkLmdbFile(file);
    fillLmdbFile(file);
    checkLmdbTree(file, TREE_CHECK_MS);
  } catch (error) {
    // Nothing is wrong with the file when there is no memory to look at it.
    if (systemLimitOf(error) !== undefined) throw error;
    return (error as Error).message;
  }
  return undefined;
}

function openOrReplace(
  path: string,
  format: FolderFormat,
  replaced: (reason: string) => void,
): RootDatabase<string, string> {
  try {
    return openForWriting(path, format);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined || systemLimitOf(error) !== undefined)
      throw error;
    // Not the operating system: LMDB could make nothing of the file.
    removeContent(path);
    replaced((error as Error).message);
    return openForWriting(path, format);
  }
}

/** Everything but the lock, which is held. */
function removeContent(path: string): void {
  for (const name of [DATA_FILE, LMDB_LOCK_FILE, STATE_FILE]) rmSync(join(path, name), { force: true });
  syncFolder(path);
  // Only now is there nothing any more that it speaks of.
  rmSync(join(path, DOUBT_FILE), { force: true });
}

/** That it is in use is on disk before anything is written. */
function openForWriting(path: string, format: FolderFormat): RootDatabase<string, string> {
  const before = readFolderState(path);
  // LMDB takes an empty file for one that it is to begin.
  closeSync(openSync(join(path, DATA_FILE), 'a'));
  const unclean = before === undefined || before.clean ? 0 : before.unclean + 1;
  writeFolderState(path, { ...stateOf(path, format), unclean });
  syncFolder(path);
  allocateLmdbLockFile(path);
  return openEnvironment(path, false);
}

function stateOf(path: string, { format, version }: FolderFormat): FolderState {
  const file = fileIdentity(join(path, DATA_FILE));
  return { format, version, boot: bootId(), file, clean: false, unclean: 0 };
}

/** A copy of a file has another number in its file system. */
function fileIdentity(file: string): string {
  return String(statSync(file, { bigint: true }).ino);
}

/** That of the data file that is there now. */
function identityIn(path: string): string | undefined {
  const file = statSync(join(path, DATA_FILE), { bigint: true, throwIfNoEntry: false });
  return file && String(file.ino);
}

/** A file is on disk only when its folder's entry is, too. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function openEnvironment(path: string, readOnly: boolean): RootDatabase<string, string> {
  return open({ path, noSubdir: false, readOnly, noSync: true, encoding: 'string', maxDbs: DATABASES_MAX });
}

import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { open, type Database, type DatabaseOptions, type Key, type RootDatabase } from 'lmdb';
import { CorruptStoreError, InvalidSettingError, TaskledgerError } from '../../contracts/errors.js';
import { asSettingError } from './folder-errors.js';
import { checkLmdbFile, fillLmdbFile } from './lmdb-file-check.js';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.js';

/** What a folder holds: written when it is made, and asked for each time it is opened. */
export interface FolderFormat {
  /** What kind of store, for instance `taskledger-ledger`. */
  format: string;
  /** An int, raised whenever what is stored changes so that an older program can't read it. */
  version: number;
}

export interface LmdbFolderOptions {
  /** For reading beside a process that writes; the folder must exist then. */
  readOnly?: boolean;
  /**
   * For what can be made anew: a writer that finds an older version of the same format takes it away, instead of refusing
   * it, and is told which version it was.
   */
  replacesOlder?: (version: number) => void;
}

/** An open data folder: one LMDB environment with named databases in it. */
export interface LmdbFolder {
  readonly path: string;
  readonly readOnly: boolean;
  /** Any database of it runs transactions for all of them. */
  readonly root: RootDatabase<string, string>;
  /**
   * Opens a named database, which a writer makes when there is none.
   *
   * @throws CorruptStoreError for a reader, when there is none.
   */
  openDatabase<Value, DatabaseKey extends Key>(
    name: string,
    options: DatabaseOptions,
  ): Database<Value, DatabaseKey>;
  /** Waits for the writes under way, lets another process write, and lets go of the files. Idempotent. */
  close(): Promise<void>;
}

const DATA_FILE = 'data.mdb';
const DATABASES_MAX = 32;

/**
 * Opens a data folder; a writer makes it when it does not exist or is empty. One process at a time may write (its
 * identity is on record in the folder, and one that no longer runs is replaced at once), any number may read. Takes
 * the same time whatever the size of the store.
 *
 * @throws InvalidSettingError when the folder can't be used: no permission, no folder, another process writes to it,
 *   nothing there to be read.
 * @throws CorruptStoreError when it holds something else than this format and version, or is damaged.
 */
export async function openLmdbFolder(
  path: string,
  format: FolderFormat,
  options: LmdbFolderOptions = {},
): Promise<LmdbFolder> {
  const { readOnly = false, replacesOlder } = options;
  const file = join(path, DATA_FILE);
  try {
    if (isNew(path)) {
      if (readOnly) throw new InvalidSettingError(`There is nothing to read in the folder ${path} yet`);
      await makeFolder(path, format);
    }
    if (!existsSync(file))
      throw new CorruptStoreError(`The folder ${path} holds other files and no ${DATA_FILE}`);
    checkLmdbFile(file);
    if (!readOnly) fillLmdbFile(file);
  } catch (error) {
    throw asSettingError(path, error);
  }
  let root = openEnvironment(path, readOnly);
  try {
    const found = foundFormat(path, root.get('format'));
    const isOlder = found.format === format.format && found.version < format.version;
    const replaces = isOlder && !readOnly ? replacesOlder : undefined;
    if (replaces === undefined) checkFormat(path, found, format);
    if (!readOnly) takeOver(path, root);
    if (replaces !== undefined) {
      await root.close();
      removeFolder(path);
      await makeFolder(path, format);
      root = openEnvironment(path, readOnly);
      takeOver(path, root);
      replaces(found.version);
    }
  } catch (error) {
    await root.close();
    throw asCorruptError(path, error);
  }

  let closing: Promise<void> | undefined;
  return {
    path,
    readOnly,
    root,
    openDatabase(name, options) {
      // The library answers `undefined` where its types don't say so.
      const database = root.openDB(name, options) as Database<never, never> | undefined;
      if (database === undefined)
        throw new CorruptStoreError(`The folder ${path} lacks the database ${name}`);
      return database;
    },
    close: () => (closing ??= closeFolder(root, readOnly)),
  };
}

async function closeFolder(root: RootDatabase<string, string>, readOnly: boolean): Promise<void> {
  if (!readOnly) {
    try {
      await root.flushed;
      root.removeSync('owner');
    } catch {
      // The last write failed, and whoever made it was told. This process stays on record until it ends.
    }
  }
  await root.close();
}

/** Whether a writer may make the folder. */
function isNew(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}

/** Makes the folder beside its place and moves it there, so that it exists whole or not at all. */
async function makeFolder(path: string, format: FolderFormat): Promise<void> {
  const parent = dirname(path);
  mkdirSync(parent, { recursive: true });
  const draft = `${path}.new-${randomUUID()}`;
  mkdirSync(draft);
  try {
    const root = openEnvironment(draft, false);
    root.putSync('format', JSON.stringify(format));
    await root.close();
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another process was first.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  for (const folder of [path, parent]) syncFolder(folder);
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
  try {
    return open({
      path,
      noSubdir: false,
      readOnly,
      encoding: 'string',
      maxDbs: DATABASES_MAX,
      // Otherwise a commit is answered before it is on disk.
      overlappingSync: false,
    });
  } catch (error) {
    throw asCorruptError(path, error);
  }
}

/** Takes a folder away as a whole, so that no half of it is found after a crash. */
function removeFolder(path: string): void {
  const leaving = `${path}.replaced`;
  rmSync(leaving, { recursive: true, force: true });
  renameSync(path, leaving);
  syncFolder(dirname(path));
  rmSync(leaving, { recursive: true, force: true });
}

function foundFormat(path: string, stored: string | undefined): FolderFormat {
  if (stored === undefined) throw new CorruptStoreError(`The folder ${path} was not written by Taskledger`);
  return JSON.parse(stored) as FolderFormat;
}

function checkFormat(path: string, found: FolderFormat, { format, version }: FolderFormat): void {
  if (found.format !== format || found.version !== version) {
    throw new CorruptStoreError(
      `The folder ${path} holds ${found.format} version ${found.version}; this program reads ${format} version ${version}`,
    );
  }
}

/** Puts this process on record as the one that writes. LMDB lets one process at a time run such a transaction. */
function takeOver(path: string, root: RootDatabase<string, string>): void {
  const owner = root.transactionSync(() => {
    const stored = root.get('owner');
    const found = stored === undefined ? undefined : (JSON.parse(stored) as ProcessIdentity);
    if (found !== undefined && isRunning(found)) return found;
    root.putSync('owner', JSON.stringify(ownIdentity()));
    return undefined;
  });
  if (owner === undefined) return;
  const who = owner.pid === process.pid ? 'this process' : 'another process';
  throw new InvalidSettingError(`The folder ${path} is in use by ${who} (pid ${owner.pid})`);
}

/** What LMDB could not make sense of, as one line about the folder; our own errors as they are. */
function asCorruptError(path: string, error: unknown): unknown {
  if (error instanceof TaskledgerError) return error;
  const [reason] = (error as Error).message.split('\n');
  return new CorruptStoreError(`The folder ${path} can't be read: ${reason}`, { cause: error });
}

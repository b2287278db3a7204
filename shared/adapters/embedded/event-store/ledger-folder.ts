import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CorruptStoreError, InvalidSettingError } from '../../../contracts/errors.js';
import { EventLog } from '../event-log/event-log.js';
import type { LogFiles } from '../event-log/log-files.js';
import { StreamIndex } from '../event-log/stream-index.js';
import { DerivedFolder } from '../derived-folder.js';
import { asSettingError } from '../folder-errors.js';
import { FolderLock, LOCK_FILE } from '../folder-lock.js';
import { catchUp, noteFrom } from './index-upkeep.js';
import { LedgerView } from './ledger-view.js';

const INDEX_FORMAT = { format: 'taskledger-ledger-index', version: 1 };
const INDEX = 'index';

/** What was there before segments; nobody has a ledger of that form to keep. */
const OLD_FILE = 'data.mdb';

export interface LedgerFolderOptions {
  /** For reading beside a process or a thread that writes, or where there is none. */
  readOnly?: boolean;
  /** Is told of what was found when the ledger was opened: a torn end that was cut off, an index that is made anew. */
  told?: (message: string) => void;
  files?: LogFiles;
  segmentBytesMax?: number;
}

/** An open ledger's folder. */
export interface LedgerFolder {
  path: string;
  readOnly: boolean;
  log: EventLog;
  view: LedgerView;
  /** A writer's: it has all that the log has. */
  index: StreamIndex | undefined;
  /** Where the log's last commit begins, as far as the index knows. */
  lastCommit: number;
  close(): Promise<void>;
}

/**
 * Opens the folder of a ledger; a writer makes it when there is none, holds it against other writers, and makes the index
 * anew when it is not one of exactly this log.
 *
 * @throws InvalidSettingError when the folder can't be used: no permission, no folder, another process writes to it,
 *   nothing there to be read.
 * @throws CorruptStoreError when it holds something else than a ledger of this form, or lacks a part of it.
 */
export async function openLedgerFolder(
  path: string,
  options: LedgerFolderOptions = {},
): Promise<LedgerFolder> {
  const { readOnly = false } = options;
  let lock: FolderLock | undefined;
  let index: DerivedFolder | undefined;
  let log: EventLog | undefined;
  const close = async (): Promise<void> => {
    await index?.close();
    log?.close();
    lock?.release();
  };
  try {
    if (!readOnly) mkdirSync(path, { recursive: true });
    checkContent(path, readOnly);
    if (!readOnly) lock = FolderLock.take(path);
    index = openIndex(path, options);
    const streams = index && new StreamIndex(index);
    const known = streams?.end();
    log = await EventLog.open(path, { ...options, ...(known !== undefined && { knownEnd: known }) });
    const isHeld = known !== undefined && log.holds(known);
    const from = isHeld ? { position: known.position + 1, address: known.address } : log.commits.first();
    if (readOnly) {
      const view = new LedgerView(log, isHeld || log.end.position === 0 ? streams : undefined, from, true);
      return { path, readOnly, log, view, index: undefined, lastCommit: 0, close };
    }
    const writersIndex = streams as StreamIndex;
    const view = new LedgerView(
      log,
      writersIndex,
      { position: log.end.position + 1, address: log.end.address },
      false,
    );
    if (log.tornBytes > 0)
      options.told?.(`${log.tornBytes} bytes of a commit that was never finished were cut off`);
    if (known !== undefined && !isHeld) {
      options.told?.('The index of the ledger is made anew: it is not one of exactly this ledger');
      await writersIndex.clear();
    }
    let lastCommit = isHeld ? known.lastCommit : 0;
    try {
      lastCommit = await catchUp(writersIndex, view, from, lastCommit);
    } catch (error) {
      // A disk that is full must not keep anybody from reading: the index follows when there is room.
      options.told?.(
        `The index of the ledger can't be written, and is held in memory: ${(error as Error).message}`,
      );
      lastCommit = noteFrom(view, from, lastCommit);
    }
    return { path, readOnly, log, view, index: writersIndex, lastCommit, close };
  } catch (error) {
    await close();
    throw asSettingError(path, error);
  }
}

/** The index's environment; a reader goes without where there is none. */
function openIndex(path: string, { readOnly = false, told }: LedgerFolderOptions): DerivedFolder | undefined {
  const folder = join(path, INDEX);
  if (readOnly && !DerivedFolder.isOriginal(folder)) return undefined;
  const replaced = (reason: string): void => told?.(`The index of the ledger is made anew: ${reason}`);
  return DerivedFolder.open(folder, INDEX_FORMAT, { readOnly, replaced });
}

function checkContent(path: string, readOnly: boolean): void {
  const names = existsSync(path) || !readOnly ? readdirSync(path) : [];
  if (names.includes(OLD_FILE)) {
    throw new CorruptStoreError(
      `The folder ${path} holds a ledger of an older form, which this program does not read`,
    );
  }
  if (names.some((name) => name.endsWith('.log'))) return;
  if (readOnly) throw new InvalidSettingError(`There is nothing to read in the folder ${path} yet`);
  const others = names.filter(
    (name) => ![LOCK_FILE, INDEX, 'end'].includes(name) && !name.endsWith('.log.new'),
  );
  if (others.length > 0) {
    throw new CorruptStoreError(
      `The folder ${path} holds other files and no ledger: ${others.slice(0, 3).join(', ')}`,
    );
  }
}

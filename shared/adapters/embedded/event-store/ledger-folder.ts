import { existsSync } from 'node:fs';
import { CorruptStoreError, InvalidSettingError } from '../../../core/contracts/errors.js';
import type { TellLine } from '../../../core/ports/logger.js';
import { EventLog } from '../event-log/event-log.js';
import { nodeLogFiles, type LogFiles } from '../event-log/log-files.js';
import { asSettingError } from '../folder-errors.js';
import { FolderLock, LOCK_FILE } from '../folder-lock.js';
import { makeFolder } from '../make-folder.js';
import { bringUpToDate } from './index-rebuild.js';
import { INDEX_FOLDER, LedgerIndex, tellRebuilt } from './ledger-index.js';
import { LedgerView } from './ledger-view.js';

/** What was there before segments; nobody has a ledger of that form to keep. */
const OLD_FILE = 'data.mdb';

export interface LedgerFolderOptions {
  /** For reading beside a process or a thread that writes, or where there is none. */
  readOnly?: boolean;
  /** Is told of what was found when the ledger was opened: a torn end that was cut off, an index that is made again. */
  told?: TellLine;
  files?: LogFiles;
  segmentBytesMax?: number;
}

/** An open ledger's folder. */
export interface LedgerFolder {
  path: string;
  readOnly: boolean;
  log: EventLog;
  view: LedgerView;
  /** A writer's has all that the log has. */
  index: LedgerIndex;
  /** Where the log's last commit begins, as far as the index knows. */
  lastCommit: number;
  close(): Promise<void>;
}

/**
 * Opens the folder of a ledger; a writer makes it when there is none, holds it against other writers, and makes the index
 * again when it is not one of exactly this log.
 *
 * @throws InvalidSettingError when the folder can't be used: no permission, no folder, another process writes to it,
 *   nothing there to be read.
 * @throws CorruptStoreError when it holds something else than a ledger of this form, or lacks a part of it.
 */
export async function openLedgerFolder(
  path: string,
  options: LedgerFolderOptions = {},
): Promise<LedgerFolder> {
  const { readOnly = false, files = nodeLogFiles, told = () => undefined } = options;
  let lock: FolderLock | undefined;
  let index: LedgerIndex | undefined;
  let log: EventLog | undefined;
  const close = async (): Promise<void> => {
    try {
      await index?.close();
      log?.close();
    } finally {
      lock?.release();
    }
  };
  try {
    if (!readOnly) makeFolder(path);
    checkContent(path, readOnly, files);
    if (!readOnly) lock = FolderLock.take(path);
    index = LedgerIndex.open(path, options);
    const known = index.end();
    log = await EventLog.open(path, { ...options, ...(known !== undefined && { knownEnd: known }) });
    const isHeld = known !== undefined && log.holds(known);
    if (readOnly) {
      if (!isHeld) index.leave();
      const from = isHeld ? { position: known.position + 1, address: known.address } : log.commits.first();
      return {
        path,
        readOnly,
        log,
        view: new LedgerView(log, index, from, true),
        index,
        lastCommit: 0,
        close,
      };
    }
    if (log.tornBytes > 0) {
      const text = `The ledger ended with ${log.tornBytes} bytes of a commit that was never finished: they were cut off`;
      told('ledger_tail_cut', text);
    }
    if (log.passedBy !== undefined) {
      const { first, last } = log.passedBy;
      const where = `between positions ${first} and ${last}`;
      const text = `The ledger is damaged ${where}, or was copied while it was written to; the rest is served`;
      told('ledger_damaged', text);
    }
    if (known !== undefined && !isHeld) tellRebuilt(told, 'it is not one of exactly this ledger');
    const view = new LedgerView(
      log,
      index,
      { position: log.end.position + 1, address: log.end.address },
      false,
    );
    const lastCommit = await bringUpToDate({ log, index, view, told }, isHeld ? known : undefined);
    return { path, readOnly, log, view, index, lastCommit, close };
  } catch (error) {
    await close();
    throw asSettingError(path, error);
  }
}

function checkContent(path: string, readOnly: boolean, files: LogFiles): void {
  const names = existsSync(path) || !readOnly ? files.list(path) : [];
  if (names.includes(OLD_FILE)) {
    throw new CorruptStoreError(
      `The folder ${path} holds a ledger of an older form, which this program does not read`,
    );
  }
  if (names.some((name) => name.endsWith('.log'))) return;
  if (readOnly) throw new InvalidSettingError(`There is nothing to read in the folder ${path} yet`);
  const others = names.filter(
    (name) => ![LOCK_FILE, INDEX_FOLDER, 'end'].includes(name) && !name.endsWith('.log.new'),
  );
  if (others.length > 0) {
    throw new CorruptStoreError(
      `The folder ${path} holds other files and no ledger: ${others.slice(0, 3).join(', ')}`,
    );
  }
}

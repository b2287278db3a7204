import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InvalidSettingError } from '../../../core/contracts/errors.js';
import { makeFolder } from '../make-folder.js';
import { EventLog } from './event-log.js';
import { nodeLogFiles } from './log-files.js';
import { SEGMENT_HEADER_BYTES } from './segment-header.js';

/** What a copy of a log holds. */
export interface LogCopy {
  ledgerId: string;
  /** The position of its last event; 0 for none. */
  position: number;
  files: number;
}

/**
 * Copies a log while it is written to: exactly what is on disk when it begins. Beside the segments nothing is copied, since
 * all else follows from them. The copy takes its place as a whole, when all of it is on disk.
 *
 * @param to A folder that does not exist or is empty.
 * @param told Is called after each file, with how many of how many are copied.
 * @throws InvalidSettingError when there is something at `to`.
 * @throws CorruptStoreError as opening the log does.
 */
export async function copyLog(
  from: string,
  to: string,
  told: (done: number, of: number) => void = () => undefined,
): Promise<LogCopy> {
  if (existsSync(to) && readdirSync(to).length > 0)
    throw new InvalidSettingError(`The folder ${to} is not empty`);
  const log = await EventLog.open(from, { readOnly: true });
  const draft = `${to}.partial`;
  rmSync(draft, { recursive: true, force: true });
  makeFolder(draft);
  try {
    const { position, address } = log.refresh();
    // One that is being begun has nothing that was on disk before.
    const all = log.segments.all.filter(({ baseAddress }) => baseAddress + SEGMENT_HEADER_BYTES <= address);
    for (const [at, segment] of all.entries()) {
      const file = join(draft, basename(segment.path));
      copyFileSync(segment.path, file);
      // A commit that was under way is no part of it.
      if (at === all.length - 1) truncateSync(file, address - segment.baseAddress);
      sync(file);
      told(at + 1, all.length);
    }
    nodeLogFiles.syncFolder(draft);
    rmSync(to, { recursive: true, force: true });
    renameSync(draft, to);
    nodeLogFiles.syncFolder(dirname(to));
    return { ledgerId: log.ledgerId, position, files: all.length };
  } finally {
    log.close();
    rmSync(draft, { recursive: true, force: true });
  }
}

function sync(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

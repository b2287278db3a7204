import { closeSync, constants, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What a folder holds: on record in it, and asked for each time it is opened. */
export interface FolderFormat {
  /** What kind of store, for instance `taskledger-read-model`. */
  format: string;
  /** An int, raised whenever what is stored changes so that another program can't read it. */
  version: number;
}

/** What is on record, beside a store that is not synced, about whether it can be relied on. */
export interface FolderState extends FolderFormat {
  /** As `bootId`: the start of the machine in which it was last open for writing. */
  boot: string;
  /** What tells the data file from a copy of it. */
  file: string;
  /** Whether everything is on disk: it was closed, and nobody has opened it for writing since. */
  clean: boolean;
  /** How many times in a row it was not closed. */
  unclean: number;
}

/** Beside the data file. */
export const STATE_FILE = 'state.json';

/** It always has the same length and lies in one sector, so that writing it again needs no room and is never done by half. */
const STATE_BYTES = 512;

/** What is on record in a folder; `undefined` when nothing is, or nothing that makes sense. */
export function readFolderState(path: string): FolderState | undefined {
  try {
    const state = JSON.parse(readFileSync(join(path, STATE_FILE), 'utf8')) as Partial<FolderState>;
    const { format, version, boot, file, clean, unclean } = state;
    if (typeof format !== 'string' || typeof version !== 'number' || typeof boot !== 'string')
      return undefined;
    if (typeof file !== 'string' || typeof clean !== 'boolean' || typeof unclean !== 'number')
      return undefined;
    return { format, version, boot, file, clean, unclean };
  } catch {
    return undefined;
  }
}

/**
 * Puts a state on record; it is on disk when this returns.
 *
 * @throws An error of the operating system.
 */
export function writeFolderState(path: string, state: FolderState): void {
  const handle = openSync(join(path, STATE_FILE), constants.O_RDWR | constants.O_CREAT, 0o644);
  try {
    writeSync(handle, JSON.stringify(state).padEnd(STATE_BYTES), 0);
    fdatasyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { readFolderState, writeFolderState } from '../../../shared/adapters/embedded/folder-state.js';

const PAGE_BYTES = 4096;
/** How much of a derived folder's file may be other than what was written, and how much garbage the log may end with. */
const LOST_PAGES_MAX = 20;
const GARBAGE_BYTES_MAX = 100_000;
/** Within `end`, as `docs/stored-form.md` describes it. */
const [END_ADDRESS_AT, END_BOOT_AT, END_CRC_AT] = [40, 52, 56];

/**
 * Makes of a folder whose process was killed what a power cut would have left: of what was never synced, anything. The machine
 * of the test is not started again, so that what is on record of its start is changed.
 */
export function crashMachine(dataDir: string, random: () => number): void {
  const ledger = join(dataDir, 'ledger');
  loseTail(ledger, random);
  loseMark(join(ledger, 'end'), random);
  for (const derived of [join(ledger, 'index'), join(dataDir, 'read-model')]) losePages(derived, random);
}

/** What is behind the last commit that was answered is cut off anywhere; then zeros, garbage or nothing follows. */
function loseTail(ledger: string, random: () => number): void {
  const log = readdirSync(ledger).filter((name) => name.endsWith('.log'));
  if (log.length !== 1) throw new Error('The ledger has more than one segment');
  const path = join(ledger, log[0] as string);
  const durable = Number(readFileSync(join(ledger, 'end')).readBigUInt64LE(END_ADDRESS_AT));
  const unanswered = readFileSync(path).length - durable;
  if (unanswered < 0) throw new Error('The log lacks what was answered');
  truncateSync(path, durable + Math.floor(random() * (unanswered + 1)));
  const tail = Buffer.alloc(Math.floor(random() * GARBAGE_BYTES_MAX));
  const kind = Math.floor(random() * 3);
  if (kind === 0) return;
  if (kind === 1) randomFillSync(tail);
  writeFileSync(path, tail, { flag: 'a' });
}

/** It stands as it is, is empty, or is zeros; and it is of another start of the machine. */
function loseMark(path: string, random: () => number): void {
  const mark = readFileSync(path);
  mark.writeUInt32LE(~mark.readUInt32LE(END_BOOT_AT) >>> 0, END_BOOT_AT);
  mark.writeUInt32LE(crc32(mark.subarray(0, END_CRC_AT)), END_CRC_AT);
  const left = [mark, Buffer.alloc(0), Buffer.alloc(mark.length)][Math.floor(random() * 3)] as Buffer;
  truncateSync(path, left.length);
  writeFileSync(path, left, { flag: 'r+' });
}

/** Some of its pages are zeros, or what stands in others. */
function losePages(folder: string, random: () => number): void {
  const path = join(folder, 'data.mdb');
  const bytes = readFileSync(path);
  const pages = Math.floor(bytes.length / PAGE_BYTES);
  const page = (): number => Math.floor(random() * pages) * PAGE_BYTES;
  for (let lost = Math.floor(random() * LOST_PAGES_MAX); lost >= 0; lost--) {
    const at = page();
    if (random() < 0.5) bytes.fill(0, at, at + PAGE_BYTES);
    else {
      const from = page();
      bytes.copyWithin(at, from, from + PAGE_BYTES);
    }
  }
  writeFileSync(path, bytes, { flag: 'r+' });
  const state = readFolderState(folder);
  if (state !== undefined) writeFolderState(folder, { ...state, boot: 'another start of the machine' });
}

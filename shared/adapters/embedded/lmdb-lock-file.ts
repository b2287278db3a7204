import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** LMDB's own table of readers, beside its data file. */
export const LMDB_LOCK_FILE = 'lock.mdb';

/** More than 126 readers take, which are as many as the library lets in. */
const LOCK_BYTES = 16 * 1024;
const BLOCK_BYTES = 512;

/**
 * Makes sure that LMDB's table of readers has its place on the disk: LMDB maps it into memory, and to write into a hole in
 * it on a full disk is a signal that ends the process. It is written over with what it holds, or with zeros.
 *
 * @throws An error of the operating system, `ENOSPC` when there is no room.
 */
export function allocateLmdbLockFile(path: string): void {
  const handle = openSync(join(path, LMDB_LOCK_FILE), constants.O_RDWR | constants.O_CREAT, 0o644);
  try {
    const { size, blocks } = fstatSync(handle);
    if (size >= LOCK_BYTES && blocks * BLOCK_BYTES >= size) return;
    const bytes = Buffer.alloc(Math.max(size, LOCK_BYTES));
    readSync(handle, bytes, 0, size, 0);
    for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at, bytes.length - at, at);
  } finally {
    closeSync(handle);
  }
}

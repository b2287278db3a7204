import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What Linux counts a file's blocks in, in bytes. */
const BLOCK_BYTES = 512;

/** The bytes on disk that all files of a folder take, folders in it included; holes take none. */
export async function keptBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await lstat(join(parentPath, name))).blocks * BLOCK_BYTES),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

import { mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

const CHUNK_BYTES = 64 * 1024;

/**
 * Copies a folder as a plain program does, while another one writes to it: file by file in any order, in chunks, so that what it
 * gets of two files, or of two parts of one, is of different moments.
 *
 * @param pause Waits after some of the chunks.
 */
export async function slowCopy(
  from: string,
  to: string,
  random: () => number,
  pause: () => Promise<void>,
): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of shuffled(paths, random)) {
    const target = join(to, relative(from, path));
    await mkdir(dirname(target), { recursive: true });
    const [source, copy] = [await open(path, 'r'), await open(target, 'w')];
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let at = 0; ;) {
      const { bytesRead } = await source.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) break;
      await copy.write(chunk, 0, bytesRead, at);
      at += bytesRead;
      if (random() < 0.2) await pause();
    }
    await Promise.all([source.close(), copy.close()]);
  }
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

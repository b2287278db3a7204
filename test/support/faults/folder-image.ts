import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * All bytes of a data folder at one moment. They are put back into the very files that they were in, which a second link to
 * each keeps: the program takes files with other inodes for copies, and makes its derived folders anew unseen.
 */
export class FolderImage {
  /** What each file holds, by its path within the folder. */
  readonly files: ReadonlyMap<string, Buffer>;

  /**
   * @param folder No process uses it.
   * @param kept A folder for the links, on the same file system.
   */
  constructor(
    readonly folder: string,
    private readonly kept: string,
  ) {
    this.files = new Map(pathsIn(folder).map((path) => [path, readFileSync(join(folder, path))]));
    for (const path of this.files.keys()) linkAs(join(folder, path), join(kept, path));
  }

  /** Puts everything back as it was; only to be called while no process uses the folder. */
  restore(): void {
    for (const path of pathsIn(this.folder)) rmSync(join(this.folder, path));
    for (const [path, bytes] of this.files) {
      const file = join(this.folder, path);
      linkAs(join(this.kept, path), file);
      writeFileSync(file, bytes, { flag: 'r+' });
      truncateSync(file, bytes.length);
    }
  }
}

function linkAs(file: string, link: string): void {
  mkdirSync(dirname(link), { recursive: true });
  linkSync(file, link);
}

function pathsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

import { spawnSync } from 'node:child_process';
import {
  mkdtempSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
  openSync,
  closeSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from '@jest/globals';

/** What a small disk can be made of: memory, or an ext4 file system in a file. */
export type DiskKind = 'tmpfs' | 'ext4';

const MIB = 1024 * 1024;
const FILLER = 'filler';

/** Describes tests that mount file systems; where that isn't allowed, they are named as not run. */
export function describeWithSmallDisks(name: string, tests: () => void): void {
  const refused = whyNot();
  if (refused === undefined) describe(name, tests);
  else describe(name, () => it.todo(`no right to mount file systems on this machine (${refused})`));
}

/** A mounted file system of some MiB. */
export class SmallDisk {
  private constructor(
    /** Where it is mounted. */
    readonly path: string,
    private readonly image: string | undefined,
  ) {}

  static mount(kind: DiskKind, mebibytes: number): SmallDisk {
    const path = mkdtempSync(join(tmpdir(), 'taskledger-disk-'));
    if (kind === 'tmpfs') {
      run('mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path);
      return new SmallDisk(path, undefined);
    }
    const image = `${path}.img`;
    writeFileSync(image, '');
    truncateSync(image, mebibytes * MIB);
    run('mkfs.ext4', '-q', '-m', '0', '-O', '^has_journal', image);
    run('mount', '-o', 'loop', image, path);
    return new SmallDisk(path, image);
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Takes all room but so many bytes, or all that there is. */
  fill(leaveBytes: number): void {
    const file = openSync(join(this.path, FILLER), 'a');
    try {
      for (let left = this.freeBytes - leaveBytes; left > 0; left = this.freeBytes - leaveBytes) {
        if (writeSync(file, Buffer.alloc(Math.min(left, MIB))) === 0) break;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Gives back what `fill` took. */
  free(): void {
    rmSync(join(this.path, FILLER), { force: true });
  }

  /** No process may use it any more. */
  unmount(): void {
    run('umount', this.path);
    rmSync(this.path, { recursive: true });
    if (this.image !== undefined) rmSync(this.image);
  }
}

function whyNot(): string | undefined {
  try {
    for (const kind of ['tmpfs', 'ext4'] as const) SmallDisk.mount(kind, 2).unmount();
    return undefined;
  } catch (error) {
    return (error as Error).message.trim().split('\n')[0];
  }
}

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(error?.message ?? stderr);
}

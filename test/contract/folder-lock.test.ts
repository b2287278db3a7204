import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FolderLock, LOCK_FILE } from '../../shared/adapters/embedded/folder-lock.js';
import { InvalidSettingError } from '../../shared/core/contracts/errors.js';

const HOLDER = fileURLToPath(new URL('../support/hold-folder.mjs', import.meta.url));

describe('the lock of a folder', () => {
  let parent: string;

  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'taskledger-lock-'));
  });

  afterAll(() => rm(parent, { recursive: true, force: true }));

  it('is given once, and again when it was let go', async () => {
    const folder = await mkdtemp(join(parent, 'once-'));
    const lock = FolderLock.take(folder);
    const again = (): FolderLock => FolderLock.take(folder);
    expect(again).toThrow(InvalidSettingError);
    expect(again).toThrow(`The folder ${folder} is in use by this process (pid ${process.pid})`);
    lock.release();
    lock.release();
    again().release();
  });

  it('is held by another process until that is killed', async () => {
    const folder = await mkdtemp(join(parent, 'killed-'));
    const holder = spawn(process.execPath, [HOLDER, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const gone = once(holder, 'close');
    await once(holder.stdout, 'data');
    expect(() => FolderLock.take(folder)).toThrow(
      `The folder ${folder} is in use by another process (pid ${holder.pid})`,
    );
    holder.kill('SIGKILL');
    await gone;
    const lock = FolderLock.take(folder);
    expect(JSON.parse(await readFile(join(folder, LOCK_FILE), 'utf8'))).toMatchObject({ pid: process.pid });
    lock.release();
  });

  it('does not take a process of another container for this one, though it has the same pid', async () => {
    const folder = await mkdtemp(join(parent, 'container-'));
    const lock = FolderLock.take(folder);
    writeFileSync(join(folder, LOCK_FILE), JSON.stringify({ pid: process.pid, started: 'elsewhere/1' }));
    expect(() => FolderLock.take(folder)).toThrow(`in use by another process (pid ${process.pid})`);
    lock.release();
  });

  it('is refused without a pid while there is none on record', async () => {
    const folder = await mkdtemp(join(parent, 'unnamed-'));
    const lock = FolderLock.take(folder);
    writeFileSync(join(folder, LOCK_FILE), '');
    expect(() => FolderLock.take(folder)).toThrow(/is in use by another process$/);
    lock.release();
  });

  it('stays while somebody else opens and closes the file', async () => {
    const folder = await mkdtemp(join(parent, 'closed-'));
    const lock = FolderLock.take(folder);
    closeSync(openSync(join(folder, LOCK_FILE), 'r'));
    expect(() => FolderLock.take(folder)).toThrow('in use by this process');
    lock.release();
  });

  it('is of the folder that stands there now', async () => {
    const folder = await mkdtemp(join(parent, 'moved-'));
    const lock = FolderLock.take(folder);
    await rename(folder, `${folder}-away`);
    await mkdir(folder);
    FolderLock.take(folder).release();
    expect(() => FolderLock.take(`${folder}-away`)).toThrow('in use by this process');
    lock.release();
  });

  it('says why there can be none', () => {
    const file = join(parent, 'file');
    writeFileSync(file, 'text');
    expect(() => FolderLock.take(file)).toThrow(`The folder ${file} can't be used: it is not a folder`);
    expect(() => FolderLock.take(join(parent, 'nowhere'))).toThrow('ENOENT');
  });
});

import {
  cp,
  mkdtemp,
  open as openFile,
  readdir,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { open } from 'lmdb';
import { DerivedFolder } from '../../shared/adapters/embedded/derived-folder.js';
import {
  readFolderState,
  writeFolderState,
  type FolderState,
} from '../../shared/adapters/embedded/folder-state.js';
import { InvalidSettingError } from '../../shared/core/contracts/errors.js';

const FORMAT = { format: 'taskledger-toy', version: 2 };

describe('a folder whose content can be made again', () => {
  let parent: string;
  let folders = 0;

  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'taskledger-derived-'));
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  /** Opens it, and says what it holds and why it was replaced, should it have been. */
  async function use(
    path: string,
    work: (folder: DerivedFolder) => void | Promise<void> = () => undefined,
  ): Promise<{ held: string | undefined; reasons: string[] }> {
    const reasons: string[] = [];
    const folder = DerivedFolder.open(path, FORMAT, { replaced: (reason) => reasons.push(reason) });
    const held = folder.root.get('some');
    await work(folder);
    await folder.close();
    return { held, reasons };
  }

  /** One that holds something and was closed. */
  async function filled(): Promise<string> {
    const path = join(parent, `folder-${++folders}`);
    await use(path, (folder) => void folder.root.putSync('some', 'thing'));
    return path;
  }

  /** Makes of a folder what another process, or another start of the machine, would have left. */
  function changeState(path: string, change: Partial<FolderState>): void {
    writeFolderState(path, { ...(readFolderState(path) as FolderState), ...change });
  }

  it('keeps what was written, however often it is opened', async () => {
    const path = await filled();
    expect(await use(path)).toEqual({ held: 'thing', reasons: [] });
    expect(await use(path)).toEqual({ held: 'thing', reasons: [] });
    expect((await readdir(path)).sort()).toEqual(['data.mdb', 'lock', 'lock.mdb', 'state.json']);
  });

  it('is on record as in use while it is, and as whole once it is closed', async () => {
    const path = await filled();
    expect(readFolderState(path)).toMatchObject({ ...FORMAT, clean: true });
    await use(path, () => expect(readFolderState(path)).toMatchObject({ clean: false, unclean: 0 }));
  });

  it('keeps what a killed process has written, and loses it with the machine', async () => {
    const path = await filled();
    changeState(path, { clean: false });
    expect(await use(path)).toEqual({ held: 'thing', reasons: [] });
    changeState(path, { boot: 'another start of the machine' });
    expect(await use(path)).toEqual({ held: 'thing', reasons: [] });
    changeState(path, { boot: 'another start of the machine', clean: false });
    expect(await use(path)).toEqual({
      held: undefined,
      reasons: ['the machine has stopped while it was in use'],
    });
  });

  it('does not keep what may have ended every process that has read it', async () => {
    const path = await filled();
    changeState(path, { clean: false, unclean: 4 });
    expect(await use(path)).toMatchObject({ held: 'thing' });
    changeState(path, { clean: false, unclean: 5 });
    expect(await use(path)).toEqual({
      held: undefined,
      reasons: ['the last 5 processes that used it ended early'],
    });
  });

  it('counts the times that it was not closed', async () => {
    const path = await filled();
    changeState(path, { clean: false, unclean: 2 });
    await use(path, () => expect(readFolderState(path)).toMatchObject({ unclean: 3 }));
    await use(path, () => expect(readFolderState(path)).toMatchObject({ unclean: 0 }));
  });

  it('does not take a copy for what was copied, since it may have been made while it was in use', async () => {
    const path = await filled();
    const copy = `${path}-copy`;
    await cp(path, copy, { recursive: true });
    expect(await use(copy)).toEqual({ held: undefined, reasons: ['it is a copy'] });
    await rename(path, `${path}-moved`);
    expect(await use(`${path}-moved`)).toEqual({ held: 'thing', reasons: [] });
  });

  it('begins again, with a reason, where the form is another one', async () => {
    for (const change of [{ version: 1 }, { version: 3 }, { format: 'something-else' }]) {
      const path = await filled();
      changeState(path, change);
      const { held, reasons } = await use(path);
      expect([held, reasons.length]).toEqual([undefined, 1]);
      expect(reasons[0]).toContain(`and this program reads taskledger-toy version 2`);
    }
  });

  it.each([
    ['cut off to nothing', (file: string) => truncate(file, 0)],
    ['cut off to one page', (file: string) => truncate(file, 4_096)],
    ['cut off to half', async (file: string) => truncate(file, Math.floor((await stat(file)).size / 2))],
    ['overwritten at its beginning', (file: string) => overwrite(file, 0, 64)],
    ['overwritten in its second meta page', (file: string) => overwrite(file, 4_096, 4_096)],
    ['overwritten behind its meta pages', (file: string) => overwrite(file, 8_192, 64 * 1_024)],
    ['another file', (file: string) => writeFile(file, 'Dear reader')],
    ['gone', (file: string) => rm(file)],
  ])('begins again, with a reason, when its data file is %s', async (_, damage) => {
    const path = await filled();
    await use(path, (folder) => {
      folder.root.transactionSync(() => {
        for (let at = 0; at < 20_000; at++) void folder.root.put(`key ${at}`, 'value');
      });
    });
    await damage(join(path, 'data.mdb'));
    const { held, reasons } = await use(path);
    expect(held).toBeUndefined();
    expect(reasons).toEqual([expect.stringMatching(/^[^\n]+$/)]);
    expect(await use(path, (folder) => void folder.root.putSync('some', 'more'))).toMatchObject({
      reasons: [],
    });
    expect(await use(path)).toEqual({ held: 'more', reasons: [] });
  });

  it('begins again where another program, or an older version, has written', async () => {
    const path = join(parent, 'foreign');
    const foreign = open({ path, noSubdir: false, encoding: 'string' });
    await foreign.put('some', 'thing');
    await foreign.close();
    expect(await use(path)).toEqual({
      held: undefined,
      reasons: ['it is of another version, or the record of its state is gone'],
    });
  });

  it('takes away nothing but what it has made', async () => {
    const path = await filled();
    await writeFile(join(path, 'letter.txt'), 'Dear reader');
    changeState(path, { version: 1 });
    await use(path);
    expect(await readdir(path)).toContain('letter.txt');
  });

  it('begins again while it is in use, when it is asked to', async () => {
    const path = await filled();
    await use(path, async (folder) => {
      const before = folder.root;
      await folder.replace();
      expect(folder.root).not.toBe(before);
      expect(folder.root.get('some')).toBeUndefined();
      folder.root.putSync('some', 'more');
    });
    expect(await use(path)).toEqual({ held: 'more', reasons: [] });
  });

  it('gives the table of readers its place on the disk before it is mapped', async () => {
    const path = await filled();
    const file = join(path, 'lock.mdb');
    await rm(file);
    // A hole: to write into it on a full disk would end the process.
    const handle = await openFile(file, 'w');
    await handle.truncate(8_192).finally(() => handle.close());
    expect((await stat(file)).blocks).toBe(0);
    await use(path, async () => {
      const { size, blocks } = await stat(file);
      expect(blocks * 512).toBeGreaterThanOrEqual(size);
    });
  });

  it('is written by one at a time, and read by any number', async () => {
    const path = await filled();
    await use(path, async () => {
      expect(() => DerivedFolder.open(path, FORMAT)).toThrow(`in use by this process (pid ${process.pid})`);
      const reader = DerivedFolder.open(path, FORMAT, { readOnly: true });
      expect(reader.root.get('some')).toBe('thing');
      await reader.close();
    });
    expect(() => DerivedFolder.open(join(parent, 'nowhere'), FORMAT, { readOnly: true })).toThrow(
      InvalidSettingError,
    );
  });

  it('says in one line why it can not be used', async () => {
    const file = join(parent, 'file');
    await writeFile(file, 'text');
    expect(() => DerivedFolder.open(file, FORMAT)).toThrow(
      `The folder ${file} can't be used: it is not a folder`,
    );
  });
});

async function overwrite(file: string, offset: number, length: number): Promise<void> {
  const handle = await openFile(file, 'r+');
  await handle.write(Buffer.alloc(length, 0xa5), 0, length, offset);
  await handle.close();
}

import {
  cp,
  mkdir,
  mkdtemp,
  open as openFile,
  readdir,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { open } from 'lmdb';
import { EmbeddedEventStore } from '../../shared/adapters/embedded/event-store/embedded-event-store.js';
import { openLmdbFolder, type FolderFormat } from '../../shared/adapters/embedded/lmdb-folder.js';
import { CorruptStoreError, InvalidSettingError } from '../../shared/contracts/errors.js';
import { collect, mustAppend, numberedEvents } from '../support/event-store-fixtures.js';

/** The library that the ledger is kept with ends the process on some of these; each must be told before. */
describe('a data folder', () => {
  let parent: string;
  let whole: string;
  let bytes: number;

  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'taskledger-folder-'));
    whole = join(parent, 'whole');
    const store = await EmbeddedEventStore.open(whole);
    for (let number = 0; number < 20; number++) {
      await mustAppend(store, `stream-${number}`, 'no_stream', numberedEvents(`stream-${number}`, 500));
    }
    await store.close();
    bytes = (await stat(join(whole, 'data.mdb'))).size;
  });

  afterAll(() => rm(parent, { recursive: true, force: true }));

  async function copyOfWhole(): Promise<string> {
    const folder = await mkdtemp(join(parent, 'copy-'));
    await cp(whole, folder, { recursive: true });
    return folder;
  }

  async function overwrite(folder: string, offset: number, length: number): Promise<void> {
    const file = await openFile(join(folder, 'data.mdb'), 'r+');
    await file.write(randomBytes(length), 0, length, offset);
    await file.close();
  }

  async function mustRefuse(
    folder: string,
    kind: typeof CorruptStoreError | typeof InvalidSettingError,
  ): Promise<void> {
    for (const readOnly of [false, true]) {
      const opening = EmbeddedEventStore.open(folder, { readOnly });
      await expect(opening).rejects.toThrow(kind);
      await expect(opening).rejects.toThrow(/^[^\n]+$/);
      await expect(opening).rejects.toThrow(folder);
    }
  }

  it('is opened when it is whole', async () => {
    const store = await EmbeddedEventStore.open(await copyOfWhole());
    expect(await collect(store.readAll())).toHaveLength(10_000);
    await store.close();
  });

  for (const [what, length] of [
    ['nothing', () => 0],
    ['a few bytes', () => 100],
    ['one page', () => 4_096],
    ['two pages', () => 8_192],
    ['half', () => Math.floor(bytes / 2)],
    ['all but 100 pages', () => bytes - 100 * 4_096],
  ] as const) {
    it(`is refused when its data file was cut off to ${what}`, async () => {
      const folder = await copyOfWhole();
      await truncate(join(folder, 'data.mdb'), length());
      await mustRefuse(folder, CorruptStoreError);
    });
  }

  for (const [what, offset, length] of [
    ['the beginning', 0, 64],
    ['the first meta page', 0, 4_096],
    ['the second meta page', 4_096, 4_096],
    ['both meta pages', 0, 8_192],
    ['the page size', 48, 4],
    ['the number of pages', 144, 8],
  ] as const) {
    it(`is refused when ${what} was overwritten`, async () => {
      const folder = await copyOfWhole();
      await overwrite(folder, offset, length);
      await mustRefuse(folder, CorruptStoreError);
    });
  }

  it('is refused when its data file is another file', async () => {
    const folder = await copyOfWhole();
    await writeFile(join(folder, 'data.mdb'), randomBytes(bytes));
    await mustRefuse(folder, CorruptStoreError);
  });

  it('is refused when its data file is gone', async () => {
    const folder = await copyOfWhole();
    await rm(join(folder, 'data.mdb'));
    await mustRefuse(folder, CorruptStoreError);
  });

  it('is refused when it is of another format or version', async () => {
    for (const [name, format] of [
      ['newer', { format: 'taskledger-ledger', version: 2 }],
      ['other', { format: 'taskledger-read-model', version: 1 }],
    ] as const) {
      const folder = join(parent, name);
      await (await openLmdbFolder(folder, format)).close();
      await mustRefuse(folder, CorruptStoreError);
      await expect(EmbeddedEventStore.open(folder)).rejects.toThrow(
        `holds ${format.format} version ${format.version}; this program reads taskledger-ledger version 1`,
      );
    }
  });

  it('is replaced by an empty one when it is of an older version and the caller asks for that', async () => {
    const folder = join(parent, 'older');
    const [older, newer] = [1, 2].map((version) => ({ format: 'taskledger-read-model', version })) as [
      FolderFormat,
      FolderFormat,
    ];
    const first = await openLmdbFolder(folder, older);
    await first.root.put('some', 'thing');
    const replaced: number[] = [];
    const options = { replacesOlder: (version: number) => replaced.push(version) };
    // Not while somebody writes to it, nor by somebody who only reads.
    await expect(openLmdbFolder(folder, newer, options)).rejects.toThrow('is in use by this process');
    await first.close();
    await expect(openLmdbFolder(folder, newer, { ...options, readOnly: true })).rejects.toThrow('version 1;');
    expect(replaced).toEqual([]);

    const second = await openLmdbFolder(folder, newer, options);
    expect(replaced).toEqual([1]);
    expect(second.root.get('some')).toBeUndefined();
    await second.root.put('other', 'thing');
    await second.close();
    const third = await openLmdbFolder(folder, newer, options);
    expect(third.root.get('other')).toBe('thing');
    await third.close();
    expect(replaced).toEqual([1]);
    // A newer one is never taken away.
    await expect(openLmdbFolder(folder, older, options)).rejects.toThrow(
      'holds taskledger-read-model version 2',
    );
    expect((await readdir(parent)).filter((name) => name.startsWith('older'))).toEqual(['older']);
  });

  it('is refused when another program made it', async () => {
    const folder = join(parent, 'foreign');
    const foreign = open({ path: folder, noSubdir: false });
    await foreign.put('some', 'thing');
    await foreign.close();
    await mustRefuse(folder, CorruptStoreError);
    const documents = join(parent, 'documents');
    await mkdir(documents);
    await writeFile(join(documents, 'letter.txt'), 'Dear reader');
    await mustRefuse(documents, CorruptStoreError);
    expect(await readdir(documents)).toEqual(['letter.txt']);
  });

  it('is refused when it is no folder', async () => {
    const file = join(parent, 'file');
    await writeFile(file, 'text');
    await mustRefuse(file, InvalidSettingError);
    await mustRefuse(join(file, 'ledger'), InvalidSettingError);
  });

  it('is made with all folders above it, also where an empty one is', async () => {
    const empty = join(parent, 'empty');
    await mkdir(empty);
    for (const folder of [empty, join(parent, 'some', 'where', 'deep')]) {
      const store = await EmbeddedEventStore.open(folder);
      await mustAppend(store, 'first', 'no_stream', numberedEvents('first', 1));
      await store.close();
      expect((await readdir(folder)).sort()).toEqual(['data.mdb', 'lock.mdb']);
    }
  });

  it('is made once when it is opened twice at the same time', async () => {
    const folder = join(parent, 'raced');
    const results = await Promise.allSettled([
      EmbeddedEventStore.open(folder),
      EmbeddedEventStore.open(folder),
    ]);
    const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(opened).toHaveLength(1);
    await mustAppend(opened[0] as EmbeddedEventStore, 'first', 'no_stream', numberedEvents('first', 1));
    await opened[0]?.close();
    expect((await readdir(parent)).filter((name) => name.startsWith('raced'))).toEqual(['raced']);
  });
});

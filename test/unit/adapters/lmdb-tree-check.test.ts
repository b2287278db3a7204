import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { open } from 'lmdb';
import { checkLmdbFile } from '../../../shared/adapters/embedded/lmdb-file-check.js';
import { checkLmdbTree } from '../../../shared/adapters/embedded/lmdb-tree-check.js';
import { CorruptStoreError } from '../../../shared/core/contracts/errors.js';

const BUDGET_MS = 60_000;
const PAGE_BYTES = 4_096;

describe('checkLmdbTree', () => {
  let folder: string;
  let file: string;
  let whole: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskledger-tree-'));
    file = join(folder, 'data.mdb');
    const root = open({ path: folder, noSubdir: false, noSync: true, maxDbs: 8 });
    const one = root.openDB<string, string>('one', { encoding: 'string' });
    const other = root.openDB<string, string>('other', { encoding: 'string' });
    for (let round = 0; round < 12; round++) {
      root.transactionSync(() => {
        for (let at = 0; at < 100; at++) {
          const number = (round * 7_919 + at * 104_729) % 1_000;
          void one.put(`key ${number}`, 'x'.repeat(number % 100));
          if (at % 50 === 0) void other.put(`large ${number}`, 'y'.repeat(10_000));
          if (at % 3 === 0) void one.remove(`key ${(number * 3) % 1_000}`);
        }
      });
    }
    await root.close();
    whole = await readFile(file);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The numbers of the pages that begin as a page of this kind does. */
  const pagesOf = (kind: number): number[] =>
    Array.from({ length: whole.length / PAGE_BYTES }, (_, page) => page).filter(
      (page) => page > 1 && whole.readUInt16LE(page * PAGE_BYTES + 18) === kind,
    );

  it('finds nothing wrong with a file that was written by many transactions', async () => {
    await writeFile(file, whole);
    expect(() => checkLmdbTree(file, BUDGET_MS)).not.toThrow();
  });

  it('ends when its time is over', async () => {
    await writeFile(file, whole);
    expect(() => checkLmdbTree(file, 0)).not.toThrow();
  });

  it('finds a page number, a kind, a transaction or a bound that is wrong, in whatever page that is in use', async () => {
    let found = 0;
    const pages = [...pagesOf(1), ...pagesOf(2)];
    for (const page of pages) {
      for (const offset of [1, 14, 18, 20, 22]) {
        const bytes = Buffer.from(whole);
        (bytes[page * PAGE_BYTES + offset] as number) ^= 0x40;
        await writeFile(file, bytes);
        try {
          checkLmdbTree(file, BUDGET_MS);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptStoreError);
          expect((error as Error).message).toContain(`page ${page}: `);
          found++;
        }
      }
    }
    // Most of the pages that look like one are in use; those that are free may hold anything.
    expect(found).toBeGreaterThan(pages.length);
  });

  it('finds a large value that is said to stand elsewhere, however far', async () => {
    const [HEADER_BYTES, NODE_BYTES, BIG] = [24, 8, 0x01];
    let found = 0;
    for (const page of pagesOf(2)) {
      const start = page * PAGE_BYTES;
      for (let slot = 0; slot < whole.readUInt16LE(start + 20) / 2; slot++) {
        const node = start + HEADER_BYTES + whole.readUInt16LE(start + HEADER_BYTES + 2 * slot);
        if (whole.readUInt16LE(node + 4) !== BIG) continue;
        const number = node + NODE_BYTES + whole.readUInt16LE(node + 6);
        const refused = [0, 1, 2, 3, 4, 5, 6, 7].filter((byte) => {
          const bytes = Buffer.from(whole);
          (bytes[number + byte] as number) ^= 0x80;
          writeFileSync(file, bytes);
          try {
            checkLmdbTree(file, BUDGET_MS);
            return false;
          } catch (error) {
            expect(error).toBeInstanceOf(CorruptStoreError);
            return true;
          }
        });
        // All of them in a page that is in use, none in a free one.
        expect([0, 8]).toContain(refused.length);
        found += refused.length;
      }
    }
    expect(found).toBeGreaterThan(0);
  });

  it('answers for any changed byte, or finds it, and ends with no other error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(whole);
        (bytes[at] as number) ^= change;
        await writeFile(file, bytes);
        try {
          checkLmdbFile(file);
          checkLmdbTree(file, BUDGET_MS);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptStoreError);
        }
      }),
      { numRuns: 200 },
    );
  });
});

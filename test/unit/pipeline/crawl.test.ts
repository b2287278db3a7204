import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { crawl, CRAWL_LIMITS, isDocumentation } from '../../../examples/pipeline/crawl.js';

const NEVER = new AbortController().signal;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskledger-crawl-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('crawl', () => {
  it('reads documentation in the order of names and leaves out what it must', async () => {
    await mkdir(join(folder, 'sub'));
    await mkdir(join(folder, '.git'));
    await writeFile(join(folder, 'README.md'), 'two words');
    await writeFile(join(folder, 'LICENSE'), 'free');
    await writeFile(join(folder, 'code.ts'), 'const code = 1;');
    await writeFile(join(folder, 'sub', 'notes.txt'), 'äöü');
    await writeFile(join(folder, 'sub', 'binary.txt'), Buffer.from([1, 0, 2]));
    await writeFile(join(folder, 'sub', 'latin-1.txt'), Buffer.from([0x66, 0xfc, 0x72]));
    await writeFile(join(folder, 'sub', 'large.txt'), Buffer.alloc(CRAWL_LIMITS.fileBytesMax + 1, 'x'));
    await writeFile(join(folder, '.git', 'hidden.md'), 'hidden');
    await symlink(folder, join(folder, 'sub', 'round'));
    const progress: string[] = [];
    const { documents, result } = await crawl(
      folder,
      (done, total) => progress.push(`${done}/${total}`),
      NEVER,
    );
    expect(documents.map(({ path, text }) => [path, text])).toEqual([
      ['LICENSE', 'free'],
      ['README.md', 'two words'],
      ['sub/notes.txt', 'äöü'],
    ]);
    expect(documents[0]?.sha256).toBe('ad95d5fa651ba86d8923fe1238d24a4f1988a752acfe426ac72ac7c04471bc17');
    expect(result).toMatchObject({
      ...{ files: 3, bytes: 19, words: 4, by_extension: { '(none)': 1, '.md': 1, '.txt': 1 } },
      largest: [{ path: 'README.md', bytes: 9 }, { path: 'sub/notes.txt' }, { path: 'LICENSE' }],
      left_out: { 'no UTF-8 text': 2, 'too large': 1 },
    });
    expect(progress).toEqual(['0/6', '1/6', '2/6', '3/6', '4/6', '5/6', '6/6']);
  });

  it('says why a folder can not be read', async () => {
    await expect(crawl(join(folder, 'none'), () => {}, NEVER)).rejects.toThrow('ENOENT');
  });

  it('stops when it is told to', async () => {
    const reason = new Error('no longer wanted');
    await expect(crawl(folder, () => {}, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('isDocumentation', () => {
  it.each(['a.md', 'A.TXT', 'readme', 'LICENCE', 'LICENSE-MIT', 'CHANGELOG.md'])('takes %s', (name) => {
    expect(isDocumentation(name)).toBe(true);
  });
  it.each(['a.ts', 'history.d.ts', 'history-entry.js', 'md', 'licensed', 'a.mdb'])(
    'does not take %s',
    (name) => {
      expect(isDocumentation(name)).toBe(false);
    },
  );
});

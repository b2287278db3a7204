import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SourceDocument } from '../../../examples/pipeline/crawl.js';
import { buildIndex, openIndex, termsOf } from '../../../examples/pipeline/full-text-index.js';
import { Cooccurrence, expandKeywords } from '../../../examples/pipeline/keyword-expansion.js';
import { search } from '../../../examples/pipeline/search.js';

const NEVER = new AbortController().signal;

const TEXTS: Record<string, string> = {
  'cache.md': 'The cache evicts the oldest entry. A cached entry expires.',
  'lru.md': 'An LRU cache evicts what was used least.',
  'http.md': 'The server answers with a header; a cache may keep it.',
  'tea.md': 'Tea is made with hot water.',
  'rain.md': 'Rain is water too.',
};
const documents = Object.entries(TEXTS).map(([path, text]): SourceDocument => {
  return { path, text, bytes: text.length, modified: '', sha256: '' };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskledger-index-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('termsOf', () => {
  it('takes words in lower case, without numbers and single letters', () => {
    expect(termsOf("Node 20's HTTP/2, a Größe — x 42")).toEqual(['node', 'http', 'größe']);
    expect(termsOf('y'.repeat(33))).toEqual([]);
  });
});

describe('the index', () => {
  it('is searched as saved: all words first, then beginnings, then similar words', async () => {
    const file = join(folder, 'deep/index.json');
    const progress: string[] = [];
    const built = await buildIndex(
      documents,
      file,
      (done, total) => progress.push(`${done}/${total}`),
      NEVER,
    );
    expect(built).toMatchObject({ documents: 5, index_file: file });
    expect(progress).toEqual(['1/6', '2/6', '3/6', '4/6', '5/6', '6/6']);

    const index = await openIndex(file);
    const found = search(index, 'cache evicts', () => {});
    expect(found.by_pass).toEqual({ 'all words': 2, 'beginnings of words': 0, 'similar words': 0 });
    expect(found.best.map(({ path }) => path).sort()).toEqual(['cache.md', 'lru.md']);
    expect(search(index, 'serv', () => {}).best).toMatchObject([
      { path: 'http.md', pass: 'beginnings of words' },
    ]);
    expect(search(index, 'headar', () => {}).best).toMatchObject([
      { path: 'http.md', pass: 'similar words' },
    ]);
    expect(search(index, 'nothing', () => {})).toMatchObject({ hits: 0, best: [] });
  });

  it('is refused when the file is no index', async () => {
    const file = join(folder, 'index.json');
    await writeFile(file, '{"documentCount": 5');
    await expect(openIndex(file)).rejects.toThrow('JSON');
  });
});

describe('keyword expansion', () => {
  const cooccurrence = new Cooccurrence(documents.map(({ text }) => new Set(termsOf(text))));

  it('relates terms that occur together more often than by chance', () => {
    const related = cooccurrence.related('cache');
    expect(related[0]).toEqual({ term: 'evicts', together: 2, score: 0.557 });
    const terms = related.map(({ term }) => term);
    expect(terms).not.toContain('cache');
    expect(terms).not.toContain('oldest');
    expect(terms).not.toContain('water');
  });

  it('relates nothing to a term that is everywhere, or nowhere', () => {
    const everywhere = new Cooccurrence([new Set(['a', 'b']), new Set(['a', 'b'])]);
    expect(everywhere.related('a')).toEqual([]);
    expect(cooccurrence.related('unheard')).toEqual([]);
  });

  it('lists spellings of the index, the number of documents and the progress', async () => {
    const file = join(folder, 'index.json');
    await buildIndex(documents, file, () => {}, NEVER);
    const progress: string[] = [];
    const report = (done: number, total: number): void => void progress.push(`${done}/${total}`);
    const expanded = await expandKeywords(
      ['Cache', 'unheard'],
      cooccurrence,
      await openIndex(file),
      report,
      NEVER,
    );
    expect(expanded).toMatchObject([
      { keyword: 'cache', documents: 3, spellings: ['cached'] },
      { keyword: 'unheard', documents: 0, spellings: [], related: [] },
    ]);
    expect(progress).toEqual(['1/2', '2/2']);
  });
});

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import type { SourceDocument } from '../../../examples/pipeline/crawl.js';
import { exactGroups, findDuplicates, NEAR_SIMILARITY_MIN } from '../../../examples/pipeline/dedup.js';
import {
  BANDS,
  bandMates,
  ROWS,
  signature,
  similarity,
  wordShingles,
} from '../../../examples/pipeline/min-hash.js';
import { compareAllPairs } from '../../../examples/pipeline/thorough-comparison.js';

const NEVER = new AbortController().signal;

function document(path: string, text: string): SourceDocument {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { path, text, sha256, bytes: text.length, modified: '2025-03-12T10:00:00.000Z' };
}

/** Words that differ, `w0 w1 w2 …`, so that each run of five is a shingle of its own. */
function words(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, at) => `w${from + at}`).join(' ');
}

describe('word shingles', () => {
  it('do not see case, punctuation and spacing', () => {
    expect(wordShingles('The ledger, on the record: always!')).toEqual(
      wordShingles('the  LEDGER on\nthe record always'),
    );
  });

  it('are one for each run of five words, and one for a shorter text', () => {
    expect(wordShingles(words(0, 24))).toHaveLength(20);
    expect(wordShingles('only three words')).toHaveLength(1);
    expect(wordShingles(' ?! ')).toHaveLength(0);
  });
});

describe('similarity', () => {
  it('is what two sets share, as a set would count it', () => {
    const set = fc.uniqueArray(fc.nat(30));
    fc.assert(
      fc.property(set, set, (a, b) => {
        const both = a.filter((each) => b.includes(each)).length;
        const either = new Set([...a, ...b]).size;
        expect(similarity(Uint32Array.from(a).sort(), Uint32Array.from(b).sort())).toBe(
          either === 0 ? 1 : both / either,
        );
      }),
    );
  });

  it('is estimated by how many places of two signatures agree', () => {
    const [a, b] = [wordShingles(words(0, 1_000)), wordShingles(words(250, 1_250))];
    const [left, right] = [signature(a), signature(b)];
    const agree = left.filter((each, at) => each === right[at]).length / (BANDS * ROWS);
    expect(Math.abs(agree - similarity(a, b))).toBeLessThan(0.15);
  });
});

describe('bandMates', () => {
  it('brings together what agrees in the whole band only', () => {
    const base = new Uint32Array(BANDS * ROWS);
    const other = base.map((_, at) => (at < ROWS ? 0 : 1));
    expect(bandMates([base, other, base], 0)).toEqual([[0, 1, 2]]);
    expect(bandMates([base, other, base], 1)).toEqual([[0, 2]]);
  });
});

describe('findDuplicates', () => {
  it('reports exact and near duplicates, with examples', async () => {
    const text = words(0, 400);
    const documents = [
      document('a.md', text),
      document('copy/a.md', text),
      document('near.md', `${text} and five words at the end`),
      document('other.md', words(1_000, 1_400)),
      document('half.md', `${words(0, 200)} ${words(5_000, 5_200)}`),
    ];
    const progress: [number, number][] = [];
    const found = await findDuplicates(documents, (done, total) => progress.push([done, total]), NEVER);
    expect(found).toEqual({
      documents: 5,
      distinct: 4,
      exact: {
        groups: 1,
        superfluous: 1,
        superfluous_bytes: text.length,
        examples: [{ files: 2, paths: ['a.md', 'copy/a.md'] }],
      },
      near: {
        similarity_min: NEAR_SIMILARITY_MIN,
        groups: 1,
        documents: 2,
        examples: [{ similarity: Number((396 / 402).toFixed(3)), files: 2, paths: ['a.md', 'near.md'] }],
      },
    });
    expect(progress).toEqual(Array.from({ length: 4 + BANDS }, (_, at) => [at + 1, 4 + BANDS]));
  });

  it('joins near pairs to groups', async () => {
    const variants = [0, 1, 2, 3].map((number) =>
      document(`${number}.md`, `${words(0, 500)} ending ${number}`),
    );
    const { near } = await findDuplicates(variants, () => {}, NEVER);
    expect(near).toMatchObject({ groups: 1, documents: 4 });
  });

  it('finds nothing among no documents', async () => {
    expect(await findDuplicates([], () => {}, NEVER)).toMatchObject({
      exact: { groups: 0 },
      near: { groups: 0 },
    });
  });
});

describe('exactGroups', () => {
  it('keeps the order of the first of each group', () => {
    const groups = exactGroups([document('1', 'x'), document('2', 'y'), document('3', 'x')]);
    expect(groups.map((group) => group.map(({ path }) => path))).toEqual([['1', '3'], ['2']]);
  });
});

describe('compareAllPairs', () => {
  const documents = [
    document('a', 'every background job is on the record'),
    document('b', 'something else entirely, said in other words'),
    document('c', 'every background job is on the records'),
  ];

  it('finds the most similar pairs of all and counts each pair', async () => {
    const progress: number[] = [];
    const found = await compareAllPairs(documents, (done, total) => progress.push(done, total), NEVER);
    expect(found.pairs).toBe(3);
    expect(found.most_similar[0]).toEqual({ similarity: 30 / 31, paths: ['c', 'a'] });
    expect(progress).toEqual([0, 3, 1, 3, 2, 3, 3, 3]);
  });

  it('stops in the middle once it is told to', async () => {
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    let done = 0;
    const comparison = compareAllPairs(
      documents,
      (now) => (done = now),
      controller.signal,
      async () => controller.abort(reason),
    );
    await expect(comparison).rejects.toBe(reason);
    expect(done).toBe(2);
  });
});

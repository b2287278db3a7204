import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { errorWords, taskWords, WORDS_MAX, wordsIn } from '../../../shared/core/domain/words.js';

describe('wordsIn', () => {
  it.each([
    ['crawl/2025-03-12/7', ['crawl', '2025', '03', '12', '7']],
    ['Größe GRÖSSE größe', ['größe', 'grösse']],
    ['ﬁle_name ＡＢＣ', ['file', 'name', 'abc']],
    ['検索/漢字 søk', ['検索', '漢字', 'søk']],
    ['', []],
    ['… / -', []],
  ])('%j', (text, words) => {
    expect(wordsIn(text)).toEqual(words);
  });

  it('cuts long words, between characters, and stops after so many', () => {
    expect(wordsIn('x'.repeat(100))).toEqual(['x'.repeat(64)]);
    expect(wordsIn('𠀀'.repeat(100))).toEqual(['𠀀'.repeat(64)]);
    expect(wordsIn(Array.from({ length: 1_000 }, (_, at) => at).join(' '))).toHaveLength(WORDS_MAX);
  });

  it('finds the same words in what it found', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const words = wordsIn(text);
        expect(wordsIn(words.join(' '))).toEqual(words);
      }),
    );
  });
});

describe('the words of a task', () => {
  it('are those of its key, labels, type, worker and type of error', () => {
    const traits = { labels: { team: 'a b', 'app/x': '1' }, worker: 'host-7', error_type: 'TimeoutError' };
    expect(taskWords({ key: 'crawl/7', taskType: 'ocr', traits })).toEqual([
      ...['crawl', '7', 'ocr', 'host', 'timeouterror', 'team', 'a', 'b', 'app', 'x', '1'],
    ]);
    expect(taskWords({ key: null, taskType: 'ocr', traits: {} })).toEqual(['ocr']);
  });

  it('are, of its error, those of the first KiB', () => {
    expect(errorWords(JSON.stringify('No "answer"\nfrom host 7'))).toEqual([
      ...['no', 'answer', 'from', 'host', '7'],
    ]);
    expect(errorWords(JSON.stringify(`${' '.repeat(1_024)}late`))).toEqual([]);
    expect(errorWords('""')).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { firstSnapshot, type CreationFacts } from '../../../shared/core/domain/task.js';
import { errorWords, lastingWords, TASK_WORDS_MAX, wordsOf } from '../../../shared/core/domain/words.js';

describe('words', () => {
  it.each([
    ['papers/2025-03-12/7', ['papers', '2025', '03', '12', '7']],
    ['Connection REFUSED: refused', ['connection', 'refused']],
    ['Größe ﬁle ＡＢＣ', ['größe', 'file', 'abc']],
    ['请求超时 timeout', ['请', '求', '超', '时', 'timeout']],
    ['x'.repeat(50), ['x'.repeat(40)]],
    [' -/. ', []],
  ])('of %j are %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it('are found again by themselves', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        for (const word of wordsOf(text)) expect(wordsOf(word)).toEqual([word]);
      }),
    );
  });

  it('of a task are those of its key, type and labels', () => {
    const facts: CreationFacts = {
      project_id: 1,
      task_type: 'keyword_expand',
      key: 'crawl/7',
      labels: { team: 'Search' },
    };
    const task = firstSnapshot(facts, { namespace: 'default', taskId: 1, at: '2025-03-12T10:00:00.000Z' });
    expect(lastingWords(task)).toEqual(['crawl', '7', 'keyword', 'expand', 'team', 'search']);
  });

  it('of an error are those of its type and of the beginning of its text', () => {
    expect(errorWords('Timeout', `no answer ${'x '.repeat(600)}last`)).toEqual([
      'timeout',
      'no',
      'answer',
      'x',
    ]);
    const many = Array.from({ length: 300 }, (_, at) => at).join(' ');
    expect(errorWords(undefined, many)).toHaveLength(TASK_WORDS_MAX);
  });
});

import { describe, expect, it } from '@jest/globals';
import { searchedWords } from '../../../services/query/tasks/search-words.js';

describe('searchedWords', () => {
  it.each([
    ['timeout', { words: ['timeout'] }],
    ['  Crawl/2025-03-12 host_7 ', { words: ['crawl', '2025', '03', '12', 'host', '7'] }],
    ['error:Timeout crawl', { words: ['crawl'], errorWords: ['timeout'] }],
    ['error:read-timeout error:host', { errorWords: ['read', 'timeout', 'host'] }],
    ['my-error:timeout', { words: ['my', 'error', 'timeout'] }],
  ])('reads %j', (q, words) => {
    expect(searchedWords({ q })).toEqual(words);
  });

  it('asks for nothing where it is not given', () => {
    expect(searchedWords({})).toEqual({});
  });

  it.each(['', ' ', '/-_', 'error:', 'a '.repeat(501), Array.from({ length: 21 }, (_, at) => at).join(' ')])(
    'refuses %j',
    (q) => {
      expect(() => searchedWords({ q })).toThrow(
        'q must be 1 to 20 words of letters and digits, those of the error alone with error: before them, in 1000 characters at most',
      );
    },
  );

  it('refuses to be given twice', () => {
    expect(() => searchedWords({ q: ['a', 'b'] })).toThrow('q must be given only once');
  });
});

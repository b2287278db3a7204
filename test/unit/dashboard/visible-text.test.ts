import { describe, expect, it } from '@jest/globals';
import { proseParts, visibleName } from '../../../services/dashboard/state/visible-text.js';

const prose = (text: string): string =>
  proseParts(text)
    .map((part) => part.text)
    .join('');

describe('a name', () => {
  it.each([
    ['crawl/2025-03-12/7', 'crawl/2025-03-12/7'],
    ['  a  b ', '  a  b '],
    ['\u202egpj.exe', '\\u202egpj.exe'],
    ['a\u2066b\u2069', 'a\\u2066b\\u2069'],
    ['a\u0000\u001b[31m\n\t\r', 'a\\u0000\\u001b[31m\\n\\t\\r'],
    ['\u200bzero\ufeff', '\\u200bzero\\ufeff'],
    ['👩\u200d🔧 שלום می\u200cخواهم', '👩\u200d🔧 שלום می\u200cخواهم'],
    ['', ''],
  ])('%j is shown as %j', (text, shown) => {
    expect(visibleName(text)).toBe(shown);
  });
});

describe('a prose text', () => {
  it.each([
    ['\u001b[1;31mError\u001b[0m: no\r\n\tdisk', 'Error: no\n\tdisk'],
    ['\u009b32mgreen', 'green'],
    ['\u001b]8;;http://x\u0007link\u001b]8;;\u0007', 'link'],
    ['\u001b]0;title\u001b\\done', 'done'],
    ['half \u001b', 'half \\u001b'],
    ['10 %\r20 %', '10 %\\r20 %'],
    ['\u202eneddih', '\\u202eneddih'],
  ])('%j is shown as %j', (text, shown) => {
    expect(prose(text)).toBe(shown);
  });

  it('says which of it were characters without a shape', () => {
    expect(proseParts('a\u202eb')).toEqual([
      { text: 'a', isControl: false },
      { text: '\\u202e', isControl: true },
      { text: 'b', isControl: false },
    ]);
  });
});

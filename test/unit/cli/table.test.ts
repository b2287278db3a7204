import { describe, expect, it } from '@jest/globals';
import { Table } from '../../../cli/client/table.js';

const cells = (...texts: string[]) => texts.map((text) => ({ text }));

describe('Table', () => {
  it('aligns its columns, and lets the last one be as long as it likes', () => {
    const table = new Table([{ title: 'ID', align: 'right' }, { title: 'STATE' }, { title: 'KEY' }]);
    const rows = [cells('1', 'running', 'a'.repeat(200)), cells('100', 'ok', '')];
    expect([table.head(rows), ...table.lines(rows)]).toEqual([
      ' ID  STATE    KEY',
      `  1  running  ${'a'.repeat(200)}`,
      '100  ok',
    ]);
  });

  it('becomes wider with what comes, and not narrower', () => {
    const table = new Table([{ title: 'ID' }, { title: 'KEY' }]);
    expect(table.head([])).toBe('ID  KEY');
    expect(table.lines([cells('1', 'a')])).toEqual(['1   a']);
    expect(table.lines([cells('1000', 'b')])).toEqual(['1000  b']);
    expect(table.lines([cells('1', 'c')])).toEqual(['1     c']);
  });

  it('does not count what a cell is painted with', () => {
    const table = new Table([{ title: 'STATE' }, { title: 'N', align: 'right' }, { title: 'KEY' }]);
    const paint = (text: string) => `\x1b[31m${text}\x1b[0m`;
    const [line] = table.lines([[{ text: 'ok', paint }, { text: '5', paint }, { text: 'k' }]]);
    expect(line).toBe('\x1b[31mok\x1b[0m     \x1b[31m5\x1b[0m  k');
  });
});

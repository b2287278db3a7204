import type { BenchFigure } from './figure.js';

const HEAD = ['figure', 'measured', 'limit', 'unit', 'ratio', 'target', ''];

/** The figures as a table for a terminal; what misses its target is marked. */
export function figureTable(figures: readonly BenchFigure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    amount(figure.measured),
    amount(figure.limit),
    figure.unit,
    figure.ratio.toFixed(2),
    `${figure.better === 'higher' ? '≥' : '≤'} ${figure.target}`,
    isMet(figure) ? '' : 'missed',
  ]);
  const widths = HEAD.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return `${[line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')}\n`;
}

/** Whether a figure reaches its target. */
export function isMet({ ratio, target, better }: BenchFigure): boolean {
  return better === 'higher' ? ratio >= target : ratio <= target;
}

function amount(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}

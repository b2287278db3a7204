/** A column: its title, and on which side what is shorter has room. */
export interface Column {
  title: string;
  align?: 'left' | 'right';
}

/** A cell: what is shown, and how it is painted, which takes no room. */
export interface Cell {
  text: string;
  paint?: (text: string) => string;
}

const GAP = '  ';

/**
 * Lines of a table, a part at a time: the columns become wider with what comes and never narrower, so that a long list need
 * not be held. What comes from others must be printable already.
 */
export class Table {
  readonly #widths: number[];

  constructor(private readonly columns: readonly Column[]) {
    this.#widths = columns.map(({ title }) => title.length);
  }

  /** The titles, once the first rows are known. @param rows The rows that follow. */
  head(rows: readonly (readonly Cell[])[]): string {
    this.#widen(rows);
    return this.#line(this.columns.map(({ title }) => ({ text: title })));
  }

  /** A line for each row. */
  lines(rows: readonly (readonly Cell[])[]): string[] {
    this.#widen(rows);
    return rows.map((row) => this.#line(row));
  }

  #widen(rows: readonly (readonly Cell[])[]): void {
    for (const row of rows)
      for (const [at, { text }] of row.entries())
        // The last one may be as long as it likes.
        if (at < this.columns.length - 1) this.#widths[at] = Math.max(this.#widths[at] ?? 0, text.length);
  }

  #line(row: readonly Cell[]): string {
    const cells = row.map(({ text, paint = asItIs }, at) => {
      const room = ' '.repeat(Math.max(0, (this.#widths[at] ?? 0) - text.length));
      if (this.columns[at]?.align === 'right') return room + paint(text);
      return paint(text) + (at === row.length - 1 ? '' : room);
    });
    return cells.join(GAP).trimEnd();
  }
}

function asItIs(text: string): string {
  return text;
}

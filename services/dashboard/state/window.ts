/** Rows that are drawn: from `start` up to, but not including, `end`. */
export interface RowRange {
  start: number;
  end: number;
}

/** A piece of a list: rows that are drawn, or the room that others would take. */
export type Segment = { kind: 'rows'; start: number; end: number } | { kind: 'room'; rows: number };

/** How many rows beyond the visible ones are drawn, so that fast scrolling shows no holes. */
const OVERSCAN_ROWS = 12;

/** The rows that are drawn of a list at a place of scrolling. All lengths in pixels. */
export function visibleRange(
  rowCount: number,
  rowHeightPx: number,
  scrollTopPx: number,
  viewHeightPx: number,
): RowRange {
  const first = Math.floor(scrollTopPx / rowHeightPx) - OVERSCAN_ROWS;
  const last = Math.ceil((scrollTopPx + viewHeightPx) / rowHeightPx) + OVERSCAN_ROWS;
  const end = Math.max(0, Math.min(rowCount, last));
  return { start: Math.max(0, Math.min(first, end)), end };
}

/**
 * The pieces of a list from top to bottom. The row with the focus is drawn wherever it is, since the focus would be lost
 * with it.
 */
export function segmentsOf(rowCount: number, range: RowRange, focused: number | undefined): Segment[] {
  const drawn: RowRange[] = [range];
  if (focused !== undefined && focused < rowCount && (focused < range.start || focused >= range.end)) {
    drawn.push({ start: focused, end: focused + 1 });
    drawn.sort((one, other) => one.start - other.start);
  }
  const segments: Segment[] = [];
  let next = 0;
  for (const { start, end } of drawn) {
    if (start > next) segments.push({ kind: 'room', rows: start - next });
    if (end > start) segments.push({ kind: 'rows', start, end });
    next = end;
  }
  if (rowCount > next) segments.push({ kind: 'room', rows: rowCount - next });
  return segments;
}

/** Where to scroll so that a row is wholly visible, below what covers the top; `undefined` when it is already. */
export function scrollToShow(
  index: number,
  rowHeightPx: number,
  scrollTopPx: number,
  viewHeightPx: number,
): number | undefined {
  const top = index * rowHeightPx;
  if (top < scrollTopPx) return top;
  if (top + rowHeightPx > scrollTopPx + viewHeightPx) return top + rowHeightPx - viewHeightPx;
  return undefined;
}

/** The row that a key leads to; `undefined` for any other key. */
export function rowAfterKey(
  key: string,
  index: number,
  rowCount: number,
  pageRows: number,
): number | undefined {
  const target = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + pageRows,
    PageUp: index - pageRows,
    Home: 0,
    End: rowCount - 1,
  }[key];
  return target === undefined || rowCount === 0 ? undefined : Math.max(0, Math.min(rowCount - 1, target));
}

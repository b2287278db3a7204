import type { TaskItem } from '../api/types.js';

/** A task in the list. */
export interface TaskRow extends TaskItem {
  /** It does not match the filter any more. It stays in its place, dimmed, until nothing would jump by removing it. */
  left?: true;
}

/** What happened to a task: its newest state, and whether it matches the filter. */
export interface TaskChange {
  task: TaskItem;
  left: boolean;
}

/** The loaded part of a list. Both lists are ordered as the API orders them: by creation, then by id, newest first. */
export interface TaskRows {
  rows: readonly TaskRow[];
  /** Tasks that belong among the rows, but are not shown yet, since that would move what the user looks at. */
  held: readonly TaskRow[];
  /** More have been held than are kept; the list has to be loaded anew to show them. */
  heldOverflow: boolean;
  /** Whether the oldest task is loaded. */
  complete: boolean;
}

/** How many new tasks are kept while the user looks at older ones. */
export const HELD_MAX = 1000;

/** Nothing is loaded yet. */
export const NO_ROWS: TaskRows = { rows: [], held: [], heldOverflow: false, complete: false };

/** Adds a page of older tasks. What is there already is left as it is, since the stream may be ahead of the page. */
export function withPage(before: TaskRows, page: readonly TaskItem[], complete: boolean): TaskRows {
  const fresh = page.filter((task) => !place(before.rows, task).found && !place(before.held, task).found);
  return { ...before, rows: merged(before.rows, fresh), complete };
}

/**
 * Takes in what happened, all at once.
 *
 * @param hold Whether tasks that are not among the rows are held back, and those that left stay.
 */
export function withChanges(before: TaskRows, changes: Iterable<TaskChange>, hold: boolean): TaskRows {
  const rows = [...before.rows];
  const held = [...before.held];
  const fresh: TaskRow[] = [];
  for (const { task, left } of changes) {
    const row: TaskRow = left ? { ...task, left: true } : task;
    const inRows = place(rows, task);
    if (inRows.found) {
      rows[inRows.index] = row;
      continue;
    }
    const inHeld = place(held, task);
    if (inHeld.found) held.splice(inHeld.index, 1);
    if (!left && (before.complete || inRows.index < rows.length)) fresh.push(row);
  }
  fresh.sort(byPlace);
  if (!hold) return { ...before, rows: merged(rows, merged(held, fresh)), held: [] };
  const allHeld = merged(held, fresh);
  return {
    ...before,
    rows,
    held: allHeld.slice(0, HELD_MAX),
    heldOverflow: before.heldOverflow || allHeld.length > HELD_MAX,
  };
}

/**
 * What must have happened when the newest tasks of a list are these: each is as it is there, and what belongs among them and
 * is not there has left. What is older is not known of, unless these are all.
 */
export function changesTo(before: TaskRows, newest: readonly TaskItem[], complete: boolean): TaskChange[] {
  const oldest = newest[newest.length - 1];
  const there = new Set(newest.map(({ id }) => id));
  const isGone = (row: TaskRow): boolean =>
    !row.left && !there.has(row.id) && (complete || (oldest !== undefined && byPlace(row, oldest) < 0));
  const known = new Map([...before.rows, ...before.held].map((row) => [row.id, JSON.stringify(row)]));
  return [
    ...newest
      .filter((task) => known.get(task.id) !== JSON.stringify(task))
      .map((task) => ({ task, left: false })),
    ...[...before.rows, ...before.held].filter(isGone).map((task) => ({ task, left: true })),
  ];
}

/**
 * The rows once the list was loaded anew. Where they are held, those that are there still stay in their places; what is older
 * than the page has to be loaded again.
 */
export function reloaded(
  before: TaskRows,
  newest: readonly TaskItem[],
  complete: boolean,
  hold: boolean,
): TaskRows {
  const oldest = newest[newest.length - 1];
  if (!hold || before.heldOverflow || before.rows.length === 0 || oldest === undefined)
    return withPage(NO_ROWS, newest, complete);
  const covered = (row: TaskRow): boolean => complete || byPlace(row, oldest) <= 0;
  const kept = { ...before, rows: before.rows.filter(covered), held: before.held.filter(covered), complete };
  return withChanges(kept, changesTo(kept, newest, complete), true);
}

/** Shows what was held, and removes what left. */
export function settled(before: TaskRows): TaskRows {
  if (before.held.length === 0 && !before.rows.some((row) => row.left)) return before;
  return {
    ...before,
    rows: merged(
      before.rows.filter((row) => !row.left),
      before.held,
    ),
    held: [],
  };
}

/** Where a task is among rows, or where it belongs. */
export function place(rows: readonly TaskRow[], task: TaskItem): { index: number; found: boolean } {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = byPlace(rows[middle] as TaskRow, task);
    if (order === 0) return { index: middle, found: true };
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return { index: low, found: false };
}

function merged(one: readonly TaskRow[], other: readonly TaskRow[]): readonly TaskRow[] {
  const [newest, oldest] = [other[0], one[one.length - 1]];
  if (newest === undefined) return one;
  if (oldest === undefined || byPlace(oldest, newest) < 0) return [...one, ...other];
  // Both are in order, which is where sorting is quick.
  return [...other, ...one].sort(byPlace);
}

function byPlace(one: TaskItem, other: TaskItem): number {
  if (one.created_at !== other.created_at) return one.created_at > other.created_at ? -1 : 1;
  return other.id - one.id;
}

import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { place, type TaskRow as Row, type TaskRows } from '../state/task-rows.js';
import { rowAfterKey, scrollToShow, segmentsOf, visibleRange } from '../state/window.js';
import { TaskRow } from './task-row.js';
import { useHold } from './use-hold.js';
import { useViewport } from './use-viewport.js';

interface Props {
  rows: TaskRows;
  changing: boolean;
  openId: number | undefined;
  hrefOf: (id: number) => string;
  onOpen: (id: number) => void;
  onHold: (hold: boolean) => void;
  onShowHeld: () => void;
  onNearEnd: () => void;
  /** What stands below the last row. */
  end: ComponentChildren;
}

/** How many rows before the last one the next page is asked for. */
const NEAR_END_ROWS = 100;

const COLUMNS = ['Task', 'Status', 'Type', 'Progress', 'Key', 'Project', 'Created (UTC)', 'Ran'] as const;

/** The list. Only what is in sight is drawn, so that its length does not matter. */
export function TaskTable({
  rows,
  changing,
  openId,
  hrefOf,
  onOpen,
  onHold,
  onShowHeld,
  onNearEnd,
  end,
}: Props) {
  const whole = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const view = useViewport(scroller);
  const [focused, setFocused] = useState<Row>();
  const list = rows.rows;
  useHold(whole, view.scrollTop, onHold);

  const range = visibleRange(list.length, view.rowHeight, view.scrollTop, view.height);
  const focusPlace = focused && place(list, focused);
  const drawnFocus = focusPlace?.found ? focusPlace.index : undefined;
  useEffect(() => {
    if (!rows.complete && range.end > list.length - NEAR_END_ROWS) onNearEnd();
  });

  // The focus follows once the row that it goes to is drawn.
  const goal = useRef<number | undefined>(undefined);
  useEffect(() => {
    if (goal.current === undefined) return;
    const link = scroller.current?.querySelector<HTMLElement>(`[data-index="${goal.current}"]`);
    if (!link) return;
    goal.current = undefined;
    link.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent): void => {
    const link = (event.target as HTMLElement).closest<HTMLElement>('[data-index]');
    if (link === null || event.altKey || event.ctrlKey || event.metaKey) return;
    // A key may come before the focus has followed the one before it.
    const from = goal.current ?? Number(link.dataset.index);
    const rowsInView = Math.max(1, Math.floor(view.height / view.rowHeight) - 1);
    const to = rowAfterKey(event.key, from, list.length, rowsInView);
    if (to === undefined) return;
    event.preventDefault();
    goal.current = to;
    setFocused(list[to]);
    const scrollTop = scroller.current?.scrollTop ?? 0;
    const top = scrollToShow(to, view.rowHeight, scrollTop, view.height);
    if (top !== undefined) scroller.current?.scrollTo({ top });
    else view.redraw();
  };

  const onFocusIn = (event: FocusEvent): void => {
    const index = (event.target as HTMLElement).dataset.index;
    if (index !== undefined) setFocused(list[Number(index)]);
  };

  const showHeld = useCallback(() => {
    scroller.current?.scrollTo({ top: 0 });
    scroller.current?.focus({ preventScroll: true });
    onShowHeld();
  }, [onShowHeld]);

  // Tab leads to the row that had the focus last, or else to the first one in sight.
  const current = drawnFocus ?? Math.min(list.length - 1, Math.ceil(view.scrollTop / view.rowHeight));
  return (
    <div class={`list ${view.room}`} ref={whole}>
      {rows.held.length > 0 && (
        <button type="button" class="held" onClick={showHeld}>
          <span aria-hidden="true">↑ </span>
          {rows.held.length.toLocaleString('en')}
          {rows.heldOverflow && '+'} new
        </button>
      )}
      <div
        class="scroller"
        ref={scroller}
        tabIndex={-1}
        aria-busy={changing}
        onKeyDown={onKeyDown}
        onFocusIn={onFocusIn}
      >
        <table role="table" aria-label="Tasks" aria-rowcount={rows.complete ? list.length + 1 : -1}>
          <thead role="rowgroup">
            <tr role="row" aria-rowindex={1}>
              {COLUMNS.map((column) => (
                <th role="columnheader" scope="col" class={classOf(column)} key={column}>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {segmentsOf(list.length, range, drawnFocus).flatMap((segment, at) =>
              segment.kind === 'room' ? (
                <tr
                  key={`room-${at}`}
                  class="room"
                  aria-hidden="true"
                  style={{ height: `${segment.rows * view.rowHeight}px` }}
                />
              ) : (
                list
                  .slice(segment.start, segment.end)
                  .map((row, offset) => (
                    <TaskRow
                      key={row.id}
                      row={row}
                      index={segment.start + offset}
                      href={hrefOf(row.id)}
                      current={segment.start + offset === current}
                      open={row.id === openId}
                      onOpen={onOpen}
                    />
                  ))
              ),
            )}
          </tbody>
        </table>
        {end}
      </div>
    </div>
  );
}

function classOf(column: (typeof COLUMNS)[number]): string {
  return {
    Task: 'id',
    Status: 'state',
    Type: 'type',
    Progress: 'progress-cell',
    Key: 'key',
    Project: 'project',
    'Created (UTC)': 'created',
    Ran: 'elapsed',
  }[column];
}

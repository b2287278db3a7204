import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TaskItem } from '../../../services/dashboard/api/types.js';
import { RecentChanges } from '../../../services/dashboard/state/recent-changes.js';
import {
  changesTo,
  HELD_MAX,
  NO_ROWS,
  reloaded,
  settled,
  withChanges,
  withPage,
  type TaskRow,
} from '../../../services/dashboard/state/task-rows.js';

/** Two tasks are created in each second, so that the id decides between them. */
function task(id: number, changes: Partial<TaskItem> = {}): TaskItem {
  const created_at = new Date(Date.UTC(2025, 2, 12) + Math.floor(id / 2) * 1000).toISOString().slice(0, 19);
  return {
    id,
    project_id: 1,
    task_type: 'ocr',
    status: 'running',
    progress: 0,
    total: 10,
    created_at,
    ...changes,
  };
}

const change = (id: number, changes: Partial<TaskItem> = {}, left = false) => ({
  task: task(id, changes),
  left,
});
const ids = (rows: readonly TaskRow[]) => rows.map(({ id }) => id);
const loaded = (complete: boolean, ...of: number[]) =>
  withPage(
    NO_ROWS,
    of.map((id) => task(id)),
    complete,
  );

describe('the rows of a list', () => {
  it('take in what happened to a task in its place', () => {
    const rows = withChanges(loaded(true, 9, 7, 5), [change(7, { progress: 3 })], true);
    expect(ids(rows.rows)).toEqual([9, 7, 5]);
    expect(rows.rows[1]).toMatchObject({ id: 7, progress: 3 });
  });

  it('leave rows alone that nothing happened to, so that they are not drawn anew', () => {
    const before = loaded(true, 9, 7, 5);
    const after = withChanges(before, [change(7, { progress: 3 })], false);
    expect(after.rows[0]).toBe(before.rows[0]);
    expect(after.rows[2]).toBe(before.rows[2]);
  });

  it('show a new task at once where nothing is held, in the order of the API', () => {
    expect(ids(withChanges(loaded(true, 8, 4), [change(9), change(6)], false).rows)).toEqual([9, 8, 6, 4]);
  });

  it('hold new tasks back, and show them when they are settled', () => {
    const held = withChanges(loaded(true, 8, 4), [change(9), change(6)], true);
    expect(ids(held.rows)).toEqual([8, 4]);
    expect(ids(held.held)).toEqual([9, 6]);
    const newer = withChanges(held, [change(6, { progress: 9 })], true);
    expect(newer.held[1]).toMatchObject({ id: 6, progress: 9 });
    const shown = settled(newer);
    expect(ids(shown.rows)).toEqual([9, 8, 6, 4]);
    expect(shown.held).toEqual([]);
    expect(settled(shown)).toBe(shown);
  });

  it('forget a held task that left again', () => {
    const held = withChanges(loaded(true, 8), [change(9)], true);
    expect(withChanges(held, [change(9, { status: 'failed' }, true)], true).held).toEqual([]);
  });

  it('hold no more than their limit, and say so', () => {
    const many = Array.from({ length: HELD_MAX + 5 }, (_, index) => change(100 + index));
    const held = withChanges(loaded(true, 8), many, true);
    expect(held.held).toHaveLength(HELD_MAX);
    expect(held.held[0]?.id).toBe(100 + HELD_MAX + 4);
    expect(held.heldOverflow).toBe(true);
  });

  it('keep a task that left in its place until they are settled', () => {
    const rows = withChanges(loaded(true, 9, 7), [change(7, { status: 'completed' }, true)], true);
    expect(rows.rows[1]).toMatchObject({ id: 7, status: 'completed', left: true });
    expect(ids(settled(rows).rows)).toEqual([9]);
    const back = withChanges(rows, [change(7)], true);
    expect(back.rows[1]).not.toHaveProperty('left');
  });

  it('leave out what is older than the oldest loaded task, unless all are loaded', () => {
    expect(ids(withChanges(loaded(false, 9, 7), [change(3)], false).rows)).toEqual([9, 7]);
    expect(ids(withChanges(loaded(true, 9, 7), [change(3)], false).rows)).toEqual([9, 7, 3]);
    expect(ids(withChanges(loaded(true), [change(3)], false).rows)).toEqual([3]);
  });

  it('do not let a page take back what the stream has told', () => {
    const rows = withChanges(loaded(false, 9, 7), [change(7, { progress: 5 })], false);
    const longer = withPage(rows, [task(7), task(5)], true);
    expect(ids(longer.rows)).toEqual([9, 7, 5]);
    expect(longer.rows[1]).toMatchObject({ progress: 5 });
    expect(longer.complete).toBe(true);
  });

  it('become what a list says that was asked for again', () => {
    const before = loaded(false, 9, 7, 5, 3);
    const changes = changesTo(before, [task(11), task(9), task(5, { progress: 4 })], false);
    expect(changes.map(({ task: { id }, left }) => [id, left])).toEqual([
      [11, false],
      [5, false],
      [7, true],
    ]);
    const after = withChanges(before, changes, true);
    expect([ids(after.rows), ids(after.held)]).toEqual([[9, 7, 5, 3], [11]]);
    expect(after.rows[0]).toBe(before.rows[0]);
    expect(changesTo(before, [task(9)], true).map(({ task: { id } }) => id)).toEqual([7, 5, 3]);
    expect(changesTo(after, [task(11), task(9), task(5, { progress: 4 })], false)).toEqual([]);
  });

  it('stay in their places when the list is loaded anew while they are held', () => {
    const before = loaded(true, 9, 7, 5, 3);
    const after = reloaded(before, [task(11), task(9), task(5)], false, true);
    expect([ids(after.rows), ids(after.held), after.complete]).toEqual([[9, 7, 5], [11], false]);
    expect(after.rows[1]).toMatchObject({ id: 7, left: true });
    expect(ids(reloaded(before, [task(11), task(9)], false, false).rows)).toEqual([11, 9]);
    expect(ids(reloaded(NO_ROWS, [task(11), task(9)], false, true).rows)).toEqual([11, 9]);
  });

  it('are in order and without doubles after anything', () => {
    const step = fc.record({
      ids: fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 8 }),
      left: fc.boolean(),
      hold: fc.boolean(),
      settle: fc.boolean(),
      page: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let rows = loaded(true, 20, 19, 10);
        for (const { ids: of, left, hold, settle, page } of steps) {
          if (page)
            rows = withPage(
              rows,
              [...of].sort((a, b) => b - a).map((id) => task(id)),
              true,
            );
          else
            rows = withChanges(
              rows,
              of.map((id) => change(id, {}, left)),
              hold,
            );
          if (settle) rows = settled(rows);
          for (const list of [ids(rows.rows), ids(rows.held)]) {
            expect(list).toEqual([...new Set(list)].sort((a, b) => b - a));
          }
        }
      }),
    );
  });
});

describe('recent changes', () => {
  it('tell what happened after a position, the newest state of each task', () => {
    const recent = new RecentChanges();
    recent.add(change(1, { progress: 1 }), '01');
    recent.add(change(2, { progress: 2 }), '02');
    recent.add(change(1, { progress: 3 }), '03');
    expect(recent.after('01').map(({ task: { id, progress } }) => [id, progress])).toEqual([
      [2, 2],
      [1, 3],
    ]);
    expect(recent.after('03')).toEqual([]);
  });

  it('forget the oldest', () => {
    const recent = new RecentChanges();
    for (let id = 1; id <= 5000; id++) recent.add(change(id), String(id).padStart(8, '0'));
    const kept = recent.after('');
    expect(kept.length).toBeLessThan(5000);
    expect(kept[kept.length - 1]?.task.id).toBe(5000);
  });
});

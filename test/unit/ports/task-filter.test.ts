import { describe, expect, it } from '@jest/globals';
import { firstSnapshot, type TaskSnapshot } from '../../../shared/core/domain/task.js';
import { matchesFilter, type TaskFilter } from '../../../shared/core/ports/task-filter.js';

const task: TaskSnapshot = {
  ...firstSnapshot(
    { project_id: 1, task_type: 'crawl' },
    { namespace: 'default', taskId: 42, at: '2025-03-12T10:00:00.900Z' },
  ),
  key: 'crawl/2025-03-12/7',
  status: 'running',
  attempt: 1,
  progress: 30,
  total: 100,
  started_at: '2025-03-12T10:00:01.000Z',
  completed_at: '2025-03-12T10:05:00.900Z',
  due_at: '2025-03-12T11:00:00.250Z',
};

/** What lets the task through, and what does not, of each member. */
const CASES: [letsThrough: TaskFilter, doesNot: TaskFilter][] = [
  [{ projectId: 1 }, { projectId: 2 }],
  [{ statuses: ['failed', 'running'] }, { statuses: ['failed'] }],
  [{ statuses: ['running'] }, { statuses: [] }],
  [{ taskTypes: ['crawl', 'ocr'] }, { taskTypes: ['ocr'] }],
  [{ taskTypes: ['crawl'] }, { taskTypes: [] }],
  [{ notTaskTypes: ['ocr'] }, { notTaskTypes: ['ocr', 'crawl'] }],
  [{ notTaskTypes: [] }, { taskTypes: ['crawl'], notTaskTypes: ['crawl'] }],
  [{ createdAfter: '2025-03-12T10:00:00' }, { createdAfter: '2025-03-12T10:00:01' }],
  [{ createdBefore: '2025-03-12T10:00:01' }, { createdBefore: '2025-03-12T10:00:00' }],
  [{ startedAfter: '2025-03-12T10:00:01' }, { startedAfter: '2025-03-12T10:00:02' }],
  [{ startedBefore: '2025-03-12T10:00:02' }, { startedBefore: '2025-03-12T10:00:01' }],
  [{ endedAfter: '2025-03-12T10:05:00' }, { endedAfter: '2025-03-12T10:05:01' }],
  [{ endedBefore: '2025-03-12T10:05:01' }, { endedBefore: '2025-03-12T10:05:00' }],
  [{ dueBefore: '2025-03-12T11:00:01' }, { dueBefore: '2025-03-12T11:00:00' }],
  [{ key: 'crawl/2025-03-12/7' }, { key: 'crawl/2025-03-12/' }],
  [{ keyPrefix: 'crawl/' }, { keyPrefix: 'craw/' }],
  [{ keyPrefix: 'crawl/2025-03-12/' }, { keyPrefix: 'crawl/2025-03-12/7/' }],
];

describe('matchesFilter', () => {
  it('lets everything through without members', () => {
    expect(matchesFilter({}, task)).toBe(true);
  });

  it.each(CASES)('lets the task through by %j, and not by %j', (letsThrough, doesNot) => {
    expect(matchesFilter(letsThrough, task)).toBe(true);
    expect(matchesFilter(doesNot, task)).toBe(false);
  });

  it('lets through what every member lets through', () => {
    const all = Object.assign({}, ...CASES.map(([letsThrough]) => letsThrough)) as TaskFilter;
    expect(matchesFilter(all, task)).toBe(true);
    for (const [, doesNot] of CASES) expect(matchesFilter({ ...all, ...doesNot }, task)).toBe(false);
  });

  it('finds what was never started, has not ended or is not due by no time', () => {
    const open = { ...task, started_at: null, completed_at: null, due_at: undefined };
    const late = '9999-12-31T23:59:59';
    const filters = [{ startedBefore: late }, { endedBefore: late }, { dueBefore: late }];
    expect(filters.map((filter) => matchesFilter(filter, task))).toEqual([true, true, true]);
    expect(filters.map((filter) => matchesFilter(filter, open))).toEqual([false, false, false]);
  });

  it('finds a task without a key by no key', () => {
    expect(matchesFilter({ key: 'null' }, { ...task, key: null })).toBe(false);
    expect(matchesFilter({ keyPrefix: 'null/' }, { ...task, key: null })).toBe(false);
  });
});

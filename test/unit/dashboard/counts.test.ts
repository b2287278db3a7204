import { describe, expect, it } from '@jest/globals';
import { countsWithin, isCounted } from '../../../services/dashboard/state/counts.js';
import { filterOf } from '../../../services/dashboard/state/filter.js';

const none = { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
const duration_ms = { count: 0, median: null, p95: null };
const stats: any = {
  position: '7',
  total: 6,
  by_status: { ...none, running: 3, completed: 2, failed: 1 },
  by_type: {
    ocr: { total: 3, by_status: { ...none, running: 2, completed: 1 }, duration_ms },
    crawl: { total: 2, by_status: { ...none, running: 1, failed: 1 }, duration_ms },
    index: { total: 1, by_status: { ...none, completed: 1 }, duration_ms },
  },
};
const counted = (query: string) => {
  const counts = countsWithin(stats, filterOf(new URLSearchParams(query)));
  return counts && [counts.total, counts.byStatus.running, counts.byStatus.completed, counts.byStatus.failed];
};

describe('the counts within a filter', () => {
  it.each([
    ['', [6, 3, 2, 1]],
    ['project_id=3', [6, 3, 2, 1]],
    ['status=failed', [6, 3, 2, 1]],
    ['task_type=ocr', [3, 2, 1, 0]],
    ['task_type=ocr,index', [4, 2, 2, 0]],
    ['task_type=!ocr', [3, 1, 1, 1]],
    ['task_type=none', [0, 0, 0, 0]],
    ['task_type=ocr,!ocr', [0, 0, 0, 0]],
    ['key=a', undefined],
    ['key_prefix=a/', undefined],
    ['created_after=2025-03-12T00:00:00', undefined],
    ['task_type=ocr&created_before=2025-03-12T00:00:00', undefined],
  ])('of %j are %j', (query, counts) => {
    expect(counted(query)).toEqual(counts);
    expect(isCounted(filterOf(new URLSearchParams(query)))).toBe(counts !== undefined);
  });

  it('are not there before they have come', () => {
    expect(countsWithin(undefined, filterOf(new URLSearchParams()))).toBeUndefined();
  });
});

import { describe, expect, it } from '@jest/globals';
import { COUNTED_TASKS_MAX } from '../../../shared/core/ports/read-model.js';
import { change } from './changes.js';
import type { ReadModelUnderTest } from './harness.js';

const CHANGES_PER_APPLY = 1_000;

/** How many tasks a filter lets through. That it is as many as a list has, for any filter, stands in `exercise-filters`. */
export function exerciseCount(test: ReadModelUnderTest): void {
  describe('count', () => {
    it('is zero, and exact, where there is nothing', async () => {
      expect(await test.readModel.count({})).toEqual({ count: 0, exact: true });
      await test.readModel.apply([change(1, 0)]);
      expect(await test.readModel.count({ statuses: [] })).toEqual({ count: 0, exact: true });
      expect(await test.readModel.count({ projectId: 2 })).toEqual({ count: 0, exact: true });
    });

    it('counts a task once, in the state that it is in', async () => {
      await test.readModel.apply([change(1, 0), change(2, 0, { key: 'a/2' })]);
      await test.readModel.apply([change(1, 1, { status: 'running' })]);
      await test.reopen();
      await test.readModel.apply([change(2, 1, { key: 'a/2', status: 'running' })]);
      expect(await test.readModel.count({})).toEqual({ count: 2, exact: true });
      expect(await test.readModel.count({ statuses: ['pending'] })).toEqual({ count: 0, exact: true });
      expect(await test.readModel.count({ statuses: ['running'] })).toEqual({ count: 2, exact: true });
      expect(await test.readModel.count({ key: 'a/2' })).toEqual({ count: 1, exact: true });
    });

    it('is exact up to its limit, and says so when there are more', async () => {
      for (let first = 1; first <= COUNTED_TASKS_MAX; first += CHANGES_PER_APPLY) {
        const ids = Array.from({ length: CHANGES_PER_APPLY }, (_, at) => first + at);
        await test.readModel.apply(
          ids.map((id) => change(id, 0, { taskType: id % 2 === 0 ? 'ocr' : 'search' })),
        );
      }
      const whole = { count: COUNTED_TASKS_MAX, exact: true };
      const half = { count: COUNTED_TASKS_MAX / 2, exact: true };
      expect(await test.readModel.count({})).toEqual(whole);
      expect(await test.readModel.count({ taskTypes: ['ocr'] })).toEqual(half);
      await test.readModel.apply([change(COUNTED_TASKS_MAX + 1, 0)]);
      expect(await test.readModel.count({})).toEqual({ ...whole, exact: false });
      expect(await test.readModel.count({ statuses: ['pending'] })).toEqual({ ...whole, exact: false });
      expect(await test.readModel.count({ notTaskTypes: ['search'] })).toEqual(half);
    }, 60_000);
  });
}

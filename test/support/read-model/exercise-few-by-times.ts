import { describe, expect, it } from '@jest/globals';
import type { TaskStatus } from '../../../shared/core/domain/task.js';
import { LIST_ORDERS } from '../../../shared/core/ports/list-order.js';
import type { ListCursor, TaskChange } from '../../../shared/core/ports/read-model.js';
import type { TaskFilter } from '../../../shared/core/ports/task-filter.js';
import { MemoryReadModel } from '../memory-read-model.js';
import { change } from './changes.js';
import type { ReadModelUnderTest } from './harness.js';

/** So many that an engine does not find the few among them by going through the list. */
const TASKS = 160;
const LIMIT = 5;
/** Nothing else comes to anything from here on. */
const LATE = '2025-03-12T20:00:00';
const EARLY = '2025-03-11T00:00:00';

/** Each lets few of the tasks through, which mostly lie far from each other in a list; some lead to them by more than one way. */
const FILTERS: readonly TaskFilter[] = [
  { endedAfter: LATE },
  { startedAfter: LATE },
  { dueBefore: EARLY },
  { endedAfter: LATE, startedAfter: LATE },
  { startedAfter: LATE, statuses: ['running', 'failed'] },
  { endedAfter: LATE, projectId: 1, taskTypes: ['ocr'] },
  { startedAfter: LATE, keyPrefix: 'a/' },
  { startedAfter: LATE, startedBefore: `${LATE.slice(0, -2)}30`, createdAfter: secondOf(50) },
  { dueBefore: EARLY, labels: ['team:t1'] },
  { labels: ['rare:yes'] },
  { startedAfter: '2026-01-01T00:00:00' },
  // Far from an end of some lists.
  { startedBefore: secondOf(20) },
  { endedAfter: secondOf(140), endedBefore: LATE },
  { createdAfter: secondOf(90), createdBefore: secondOf(100) },
];

/** What few tasks of many have, found among them: by their times, and in each order. */
export function exerciseFewByTimes(test: ReadModelUnderTest): void {
  describe('few of many', () => {
    it('are found by times, in each order, as a plain model finds them', async () => {
      const model = new MemoryReadModel();
      const changes = Array.from({ length: TASKS }, (_, at) => task(1 + at));
      await Promise.all([test.readModel.apply(changes), model.apply(changes)]);
      await test.reopen();
      for (const filter of FILTERS) {
        expect(await test.readModel.count(filter)).toEqual(await model.count(filter));
        for (const order of LIST_ORDERS) {
          const items: string[] = [];
          let cursor: ListCursor | undefined;
          do {
            const page = await test.readModel.list(filter, LIMIT, cursor, [], undefined, order);
            items.push(...page.items);
            cursor = page.next;
          } while (cursor !== undefined);
          expect(items).toEqual(model.all(filter, order).map(({ itemJson }) => itemJson));
        }
      }
    }, 120_000);
  });
}

function secondOf(taskId: number): string {
  return new Date(Date.UTC(2025, 2, 12, 10, 0, taskId * 10)).toISOString().slice(0, 19);
}

/** One of so many, of which each twentieth comes late to all that it comes to. */
function task(taskId: number): TaskChange {
  const isRare = taskId % 20 === 3;
  const late = LATE.slice(0, -2) + String((taskId * 7) % 60).padStart(2, '0');
  const statuses: TaskStatus[] = ['completed', 'failed', 'running'];
  const status = statuses[Math.floor(taskId / 2) % 3]!;
  const json = (second: string): string => `"${second}.250Z"`;
  return {
    ...change(taskId, 0, { status, createdSecond: secondOf(taskId) }),
    projectId: taskId % 2,
    taskType: taskId % 4 === 3 ? 'ocr' : 'search',
    key: `${taskId % 4 === 1 ? 'a' : 'b'}/${taskId}`,
    extras: {
      createdAtJson: json(secondOf(taskId)),
      startedAtJson: json(isRare ? late : secondOf(taskId)),
      completedAtJson: status === 'running' ? 'null' : json(isRare ? late : secondOf(taskId + (taskId % 9))),
      attempt: 1,
      traits: {
        labels: { team: `t${taskId % 3}`, ...(isRare && { rare: 'yes' }) },
        ...(isRare && { due_at: '2025-03-10T00:00:00.000Z' }),
      },
    },
  };
}

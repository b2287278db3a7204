import { shownTime } from '../contracts/time.js';
import type { TaskSnapshot } from '../domain/task.js';

/**
 * When tasks came to something, as seconds that are shown: `2025-03-12T10:00:00`; from one second on, and before one. What never
 * came to it is not let through.
 */
export interface TimeFilter {
  endedAfter?: string;
  endedBefore?: string;
  /** Of its first start. */
  startedAfter?: string;
  startedBefore?: string;
  dueBefore?: string;
}

/** What such a filter looks at. */
export type TimedTask = Pick<TaskSnapshot, 'started_at' | 'completed_at'> & {
  due_at?: TaskSnapshot['due_at'];
};

/** What of a filter is about times after the creation. */
export function hasTimes(filter: TimeFilter): boolean {
  const { endedAfter, endedBefore, startedAfter, startedBefore, dueBefore } = filter;
  return (endedAfter ?? endedBefore ?? startedAfter ?? startedBefore ?? dueBefore) !== undefined;
}

/** Whether it lets a task through. */
export function matchesTimes(filter: TimeFilter, task: TimedTask): boolean {
  const { endedAfter, endedBefore, startedAfter, startedBefore, dueBefore } = filter;
  return (
    isWithin(task.completed_at, endedAfter, endedBefore) &&
    isWithin(task.started_at, startedAfter, startedBefore) &&
    isWithin(task.due_at, undefined, dueBefore)
  );
}

function isWithin(time: string | null | undefined, after?: string, before?: string): boolean {
  if (after === undefined && before === undefined) return true;
  if (time === undefined || time === null) return false;
  const second = shownTime(time);
  return (after === undefined || second >= after) && (before === undefined || second < before);
}

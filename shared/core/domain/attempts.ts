import type { TaskFact } from './events.js';
import type { TaskSnapshot } from './task.js';

/** What is known of a task's attempts. */
type Attempts = Pick<TaskSnapshot, 'status' | 'attempt'>;

/** Whether the last attempt is over and the next one has not begun. */
export function isBetweenAttempts({ status, attempt }: Attempts): boolean {
  return status === 'pending' && attempt > 0;
}

/** Whether a fact is nothing but a message: all else about the task stays as it is. */
export function isMessageAlone({ type, facts }: Pick<TaskFact, 'type' | 'facts'>): boolean {
  return type === 'TaskProgressed' && (facts as { progress?: number }).progress === undefined;
}

/**
 * The number of the attempt that a fact is about, which is the queue's own where it says one: it may jump ahead, and the same
 * number may begin again after a crash. Where none is said a start begins the next one, and so does what is heard of a task
 * between two attempts, since the start in between was lost.
 */
export function attemptAfter(before: Attempts, { type, facts }: Pick<TaskFact, 'type' | 'facts'>): number {
  const { attempt } = before;
  const said = (facts as { attempt?: number }).attempt;
  if (said !== undefined) return Math.max(attempt, said);
  if (type === 'TaskStarted') return attempt + 1;
  if (type !== 'TaskProgressed' && type !== 'TaskAttemptFailed') return attempt;
  return isBetweenAttempts(before) ? attempt + 1 : Math.max(attempt, 1);
}

import {
  addDuration,
  durationSummary,
  type DurationSketch,
  type DurationSummary,
} from './duration-sketch.js';
import { TASK_STATUSES, type TaskStatus } from './task.js';

/** How many tasks are in each state. */
export type StatusCounts = Record<TaskStatus, number>;

/** How many tasks are in each state, and how many of those that run are silent. */
export interface Tally {
  byStatus: StatusCounts;
  silent: number;
}

/** What is shown of the tasks of one type. */
export interface TypeStats extends Tally {
  /** Of those that were completed after a start: the time between the two. */
  durations: DurationSummary;
}

/** What is shown of all tasks, or those of one project. */
export interface TaskStats extends Tally {
  /** Every event up to here is counted, and none after it. */
  position: string;
  byType: Map<string, TypeStats>;
}

/** What is counted of the tasks of one type: what is shown, and what it follows from. */
export interface TypeCounts extends TypeStats {
  sketch: DurationSketch;
}

/** What is counted of all tasks, or those of one project; the position is empty before the first event. */
export interface TaskCounts extends TaskStats {
  byType: Map<string, TypeCounts>;
}

/** What one event changes of the counts. */
export interface CountChange {
  /** The event's. */
  position: string;
  projectId: number;
  taskType: string;
  /** The state that the task was in before; `undefined` when it was created. */
  before: TaskStatus | undefined;
  after: TaskStatus;
  /** How many more tasks are silent: 1 or -1; left out where that stays as it was. */
  silent?: 1 | -1;
  /** Whole milliseconds, of a task that was completed after a start. */
  durationMs?: number;
}

/** Nothing counted yet. */
export function noCounts(): TaskCounts {
  return { position: '', byStatus: noTasks(), silent: 0, byType: new Map() };
}

/** Counts what one event changes: all but the position and the summaries, which follow when a batch is counted. */
export function count(
  counts: TaskCounts,
  { taskType, before, after, silent, durationMs }: CountChange,
): void {
  let ofType = counts.byType.get(taskType);
  if (ofType === undefined) {
    ofType = { byStatus: noTasks(), silent: 0, durations: durationSummary({}), sketch: {} };
    counts.byType.set(taskType, ofType);
  }
  for (const tally of [counts, ofType]) {
    if (before !== undefined) tally.byStatus[before]--;
    tally.byStatus[after]++;
    tally.silent += silent ?? 0;
  }
  if (durationMs !== undefined) addDuration(ofType.sketch, durationMs);
}

/** How many tasks there are in all states together. */
export function totalOf(byStatus: StatusCounts): number {
  return TASK_STATUSES.reduce((sum, status) => sum + byStatus[status], 0);
}

function noTasks(): StatusCounts {
  return { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
}

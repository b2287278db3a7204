import type { TaskEvent } from '../../shared/domain/events.js';
import type { TaskChange } from '../../shared/ports/read-model.js';
import { taskChange } from './task-change.js';

/** An event with its place in its stream. */
export interface PlacedEvent {
  event: TaskEvent;
  revision: number;
}

/** What events change, each task's in the order of its stream: one change for each task. */
export function changesOf(events: readonly PlacedEvent[]): TaskChange[] {
  return mergeChanges(events.map(({ event, revision }) => taskChange(event, revision)));
}

/** One change for each task that stands for all of its changes, which come in the order of their revisions. */
export function mergeChanges(changes: readonly TaskChange[]): TaskChange[] {
  const merged = new Map<number, TaskChange>();
  for (const change of changes) {
    const earlier = merged.get(change.taskId);
    merged.set(change.taskId, earlier === undefined ? change : { ...earlier, ...change });
  }
  return [...merged.values()];
}

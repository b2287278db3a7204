import type { TaskChange } from '../../shared/core/ports/read-model.js';

/** One change for each task that stands for all of its changes, which come in the order of their revisions. */
export function mergeChanges(changes: readonly TaskChange[]): TaskChange[] {
  const merged = new Map<number, TaskChange>();
  for (const change of changes) {
    const earlier = merged.get(change.taskId);
    merged.set(change.taskId, earlier === undefined ? change : { ...earlier, ...change });
  }
  return [...merged.values()];
}

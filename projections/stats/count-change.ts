import { stateAfter } from '../../shared/core/application/stored-event.js';
import { CorruptStoreError } from '../../shared/core/contracts/errors.js';
import type { CountChange } from '../../shared/core/domain/task-counts.js';
import { statusBefore, type TaskSnapshot } from '../../shared/core/domain/task.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';

/**
 * What one event of a task changes of the counts; `undefined` when it leaves the task in the state it was in, and
 * heard of or silent as before. Pure, and needs nothing but the event: it carries the state after it, and what the task was before.
 *
 * @throws UnknownEventTypeError or CorruptStoreError when this version can't read the event.
 */
export function countChange(event: RecordedEvent): CountChange | undefined {
  const { position, revision, stream } = event;
  const snapshot = stateAfter(event);
  const before = statusBefore(snapshot, revision);
  const after = snapshot.status;
  const silent = silentAfter(snapshot) - silentBefore(snapshot);
  if (before === after && silent === 0) return undefined;
  const { project_id: projectId, task_type: taskType } = snapshot;
  if (typeof taskType !== 'string')
    throw new CorruptStoreError(`${stream}@${revision} lacks the type of the task`);
  const durationMs = after === 'completed' ? durationOf(snapshot, event) : undefined;
  return {
    ...{ position, projectId, taskType, before, after },
    ...(silent !== 0 && { silent: silent as 1 | -1 }),
    ...(durationMs !== undefined && { durationMs }),
  };
}

function silentAfter({ silent }: TaskSnapshot): number {
  return silent ? 1 : 0;
}

function silentBefore({ was }: TaskSnapshot): number {
  return was === 'silent' ? 1 : 0;
}

/**
 * The time from the first start to the end. Publishers' clocks differ: an end that was said to be before the start counts
 * as 0 ms.
 */
function durationOf(
  { started_at, completed_at }: TaskSnapshot,
  { stream, revision }: RecordedEvent,
): number | undefined {
  if (started_at === null) return undefined;
  const durationMs = Date.parse(completed_at ?? '') - Date.parse(started_at);
  if (Number.isNaN(durationMs))
    throw new CorruptStoreError(`${stream}@${revision} lacks the times of the task`);
  return Math.max(0, durationMs);
}

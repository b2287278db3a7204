import { stateAfter } from '../../shared/core/application/stored-event.js';
import { TASK_STREAM_PREFIX } from '../../shared/core/application/streams.js';
import { isTaskEventType } from '../../shared/core/domain/events.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import { matchesFilter, type TaskFilter } from '../../shared/core/ports/task-filter.js';
import type { ReplayRange } from './replay-range.js';

/**
 * Whether an event is one of a task's that a filter lets through, and of the range. What this version can't read is wanted where
 * nothing is filtered: a replay leaves nothing out that might be meant.
 */
export function isWanted(event: RecordedEvent, range: ReplayRange, filter: TaskFilter): boolean {
  const { stream, type, position, metadata } = event;
  if (!stream.startsWith(TASK_STREAM_PREFIX)) return false;
  const { fromTime, toTime, fromPosition, upToPosition } = range;
  const recordedAt = metadata.recorded_at ?? '';
  const isInside =
    (fromPosition === undefined || position >= fromPosition) &&
    (upToPosition === undefined || position <= upToPosition) &&
    (fromTime === undefined || recordedAt >= fromTime) &&
    (toTime === undefined || recordedAt <= toTime);
  if (!isInside) return false;
  if (Object.keys(filter).length === 0) return true;
  return isTaskEventType(type) && matchesFilter(filter, stateAfter(event));
}

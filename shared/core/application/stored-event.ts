import { CorruptStoreError } from '../contracts/errors.js';
import { effectiveTime } from '../contracts/time.js';
import { isTaskEventType, UnknownEventTypeError, type TaskEvent } from '../domain/events.js';
import type { TaskSnapshot } from '../domain/task.js';
import type { RecordedEvent } from '../ports/event-store.js';
import { openFacts } from './stored-facts.js';
import { openState } from './stored-state.js';
import { taskIdOfStream } from './streams.js';
import { upcast } from './upcasters.js';

/**
 * The state of a task after a stored event, without the rest of it.
 *
 * @throws UnknownEventTypeError for a type that this version does not know.
 * @throws CorruptStoreError for an event that is damaged, of a schema version that this program does not read, or without
 *   the state after it.
 */
export function stateAfter(event: RecordedEvent): TaskSnapshot {
  return stateOf(upcast(event));
}

/**
 * Reads a stored event of a task's stream.
 *
 * @throws UnknownEventTypeError and CorruptStoreError as `stateAfter` does.
 */
export function openEvent(recorded: RecordedEvent): TaskEvent {
  const current = upcast(recorded);
  const after = stateOf(current);
  const { type, data, metadata } = current;
  const facts = openFacts(type, data, after);
  // Empty parameters are not stored; parameters that are stored without a value were erased.
  if (type === 'TaskCreated' && !('params' in facts)) facts.params = {};
  return {
    type,
    facts,
    origin: { source: metadata.source ?? '', id: metadata.event_id ?? '' },
    namespace: after.namespace,
    taskId: after.task_id,
    at: timeOfEvent(metadata),
    after,
  } as TaskEvent;
}

function stateOf({ type, stream, revision, data, metadata }: RecordedEvent): TaskSnapshot {
  if (!isTaskEventType(type)) throw new UnknownEventTypeError(type);
  const state = openState(data.after, taskIdOfStream(stream), type, timeOfEvent(metadata), revision);
  if (state !== undefined) return state;
  throw new CorruptStoreError(`${stream}@${revision} does not hold the state of the task after it`);
}

function timeOfEvent({ occurred_at, recorded_at = '' }: Record<string, string>): string {
  return effectiveTime(occurred_at, recorded_at);
}

import { openEvent, stateAfter } from '../../shared/core/application/stored-event.js';
import { CorruptStoreError } from '../../shared/core/contracts/errors.js';
import { errorKeyOf, errorTextOf } from '../../shared/core/domain/error-key.js';
import { isFinal } from '../../shared/core/domain/task.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import type { SeriesChange, SeriesEvent } from '../../shared/core/ports/task-series.js';
import type { Failure } from '../../shared/core/ports/task-failures.js';

/**
 * What one event of a task adds to the series; `undefined` for nothing. Pure, and needs nothing but the event.
 *
 * That a task was created is its first event, that it ended its last one, since nothing follows a final state. That it first
 * started is told by what it was before: new, and by the time of its start, which it has since then. What failed, a task or one
 * attempt of it, is told with its error, whatever else it is.
 *
 * @throws UnknownEventTypeError or CorruptStoreError when this version can't read the event.
 */
export function seriesChange(event: RecordedEvent): SeriesChange | undefined {
  const { position, revision, stream } = event;
  const { status, was, created_at, started_at, completed_at, project_id, task_type } = stateAfter(event);
  const failed = failureOf(event);
  const change = (happened: SeriesEvent | undefined, at: string | null): SeriesChange => {
    if (at === null || Number.isNaN(Date.parse(at)) || typeof task_type !== 'string')
      throw new CorruptStoreError(`${stream}@${revision} lacks the type or the times of the task`);
    return {
      ...{ position, projectId: project_id, taskType: task_type, at },
      ...(happened !== undefined && { happened }),
      ...(failed !== undefined && { failure: failed.failure }),
    };
  };
  if (revision === 0) return change('created', created_at);
  if (isFinal(status)) return change(status, completed_at);
  if (was === 'new' && started_at !== null) return change('started', started_at);
  return failed && change(undefined, failed.at);
}

function failureOf(event: RecordedEvent): { failure: Failure; at: string } | undefined {
  if (event.type !== 'TaskFailed' && event.type !== 'TaskAttemptFailed') return undefined;
  const { type, facts, taskId, at } = openEvent(event);
  if (type !== 'TaskFailed' && type !== 'TaskAttemptFailed') return undefined;
  const { error_type, error_message } = facts;
  const failure: Failure = {
    of: type === 'TaskFailed' ? 'task' : 'attempt',
    taskId,
    errorKey: errorKeyOf(error_type, error_message),
    errorType: error_type ?? null,
    text: errorTextOf(error_message),
  };
  return { failure, at };
}

import { stateAfter } from '../../shared/core/application/stored-event.js';
import { CorruptStoreError } from '../../shared/core/contracts/errors.js';
import { isFinal } from '../../shared/core/domain/task.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import type { SeriesChange, SeriesEvent } from '../../shared/core/ports/task-series.js';

/**
 * What one event of a task adds to the series; `undefined` for nothing. Pure, and needs nothing but the event.
 *
 * That a task was created is its first event, that it ended its last one, since nothing follows a final state. That it first
 * started is told by what it was before: new, and by the time of its start, which it has since then.
 *
 * @throws UnknownEventTypeError or CorruptStoreError when this version can't read the event.
 */
export function seriesChange(event: RecordedEvent): SeriesChange | undefined {
  const { position, revision, stream } = event;
  const { status, was, created_at, started_at, completed_at, project_id, task_type } = stateAfter(event);
  const change = (happened: SeriesEvent, at: string | null): SeriesChange => {
    if (at === null || Number.isNaN(Date.parse(at)) || typeof task_type !== 'string')
      throw new CorruptStoreError(`${stream}@${revision} lacks the type or the times of the task`);
    return { position, projectId: project_id, taskType: task_type, happened, at };
  };
  if (revision === 0) return change('created', created_at);
  if (isFinal(status)) return change(status, completed_at);
  return was === 'new' && started_at !== null ? change('started', started_at) : undefined;
}

import { openEvent } from '../../shared/core/application/stored-event.js';
import { TASK_STREAM_PREFIX } from '../../shared/core/application/streams.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import type { TaskChange } from '../../shared/core/ports/read-model.js';
import type { Projection } from '../engine/projection.js';
import { mergeChanges } from './merge-changes.js';
import { taskChange } from '../../shared/core/application/task-change.js';

/** The lists and details. Another name is another checkpoint: it starts with the first event. */
export const tasksProjection = {
  name: 'tasks-1',
  streamPrefix: TASK_STREAM_PREFIX,
  // Somebody may wait for a document, so that a few events are taken in at once. When many come at a time, some thousand
  // transactions a second become a hundred.
  gatherMs: 10,
  gatherFromEvents: 200,
  gatherEvents: 0,
  // A document is at a revision of its own.
  takesLateChanges: true,
  project: (recorded: RecordedEvent) => taskChange(openEvent(recorded), recorded.revision),
  merge: mergeChanges,
} satisfies Projection<TaskChange>;

import { openEvent } from '../../shared/application/stored-event.js';
import { TASK_STREAM_PREFIX } from '../../shared/application/streams.js';
import type { Projection } from '../engine/projection.js';
import { mergeChanges } from './merge-changes.js';
import { taskChange } from './task-change.js';

/** The lists and details. Another name is another checkpoint: it starts with the first event. */
export const tasksProjection: Projection = {
  name: 'tasks-1',
  streamPrefix: TASK_STREAM_PREFIX,
  project: (recorded) => taskChange(openEvent(recorded), recorded.revision),
  merge: mergeChanges,
};

import { TASK_STREAM_PREFIX } from '../../shared/core/application/streams.js';
import type { CountChange } from '../../shared/core/domain/task-counts.js';
import type { Projection } from '../engine/projection.js';
import { countChange } from './count-change.js';

/**
 * The counts. A stream that is parked stays counted as it was before the event that can't be read, until everything is
 * counted again: whoever teaches the program to read more events gives the projection another name.
 */
export const statsProjection = {
  name: 'stats-1',
  streamPrefix: TASK_STREAM_PREFIX,
  // Nobody waits for them, and each time all that is shown of a project is written again.
  gatherMs: 100,
  gatherEvents: 20_000,
  takesLateChanges: false,
  project: countChange,
  merge: (changes) => changes,
} satisfies Projection<CountChange>;

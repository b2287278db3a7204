import { TASK_STREAM_PREFIX } from '../../shared/core/application/streams.js';
import type { SeriesChange } from '../../shared/core/ports/task-series.js';
import type { Projection } from '../engine/projection.js';
import { seriesChange } from './series-change.js';

/** The series. As with the counts a stream that is parked stays so until everything is counted again, under another name. */
export const seriesProjection = {
  name: 'series-2',
  streamPrefix: TASK_STREAM_PREFIX,
  // Nobody waits for them, and what is written again each time is the record of the minute.
  gatherMs: 250,
  // Each concerns six records, or seven: so many are some ten milliseconds' work.
  gatherEvents: 2_000,
  takesLateChanges: false,
  project: seriesChange,
  merge: (changes) => changes,
} satisfies Projection<SeriesChange>;

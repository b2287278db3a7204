import { TASK_STREAM_PREFIX } from '../../shared/core/application/streams.js';
import type { VersionChange } from '../../shared/core/ports/task-versions.js';
import type { Projection } from '../engine/projection.js';
import { versionChange } from './version-change.js';

/** The versions. As with the counts a stream that is parked stays so until everything is made again, under another name. */
export const versionsProjection = {
  name: 'versions-1',
  streamPrefix: TASK_STREAM_PREFIX,
  // Who asks for what was a moment ago waits so long. What begins and ends within one batch takes the fewest writes.
  gatherMs: 500,
  gatherEvents: 5_000,
  takesLateChanges: false,
  project: versionChange,
  merge: (changes) => changes,
} satisfies Projection<VersionChange>;

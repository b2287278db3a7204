import { stateAfter } from '../../shared/core/application/stored-event.js';
import { CorruptStoreError } from '../../shared/core/contracts/errors.js';
import { normalTime } from '../../shared/core/contracts/time.js';
import { statusBefore } from '../../shared/core/domain/task.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import type { VersionChange } from '../../shared/core/ports/task-versions.js';
import { stateChange } from '../../shared/core/application/task-change.js';

/**
 * What one event of a task makes of it. Pure, and needs nothing but the event: it carries the state after it, and what the task
 * was before.
 *
 * @throws UnknownEventTypeError or CorruptStoreError when this version can't read the event.
 */
export function versionChange(event: RecordedEvent): VersionChange {
  const { position, revision, stream, metadata } = event;
  const after = stateAfter(event);
  const recordedAt = normalTime(metadata.recorded_at ?? '');
  if (recordedAt === undefined)
    throw new CorruptStoreError(`${stream}@${revision} lacks when it was recorded`);
  return { position, recordedAt, before: statusBefore(after, revision), state: stateChange(after, revision) };
}

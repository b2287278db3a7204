import type { TaskEvent } from '../domain/events.js';
import type { RecordedEvent } from '../ports/event-store.js';

/**
 * When something was heard of a task last, as far as its last event says: when that was recorded, or, where it says that the task
 * went silent, what was known of it then.
 *
 * @param event The event as it was read from `recorded`.
 * @returns RFC 3339 with `Z` and milliseconds; `undefined` where the event does not say when it was recorded.
 */
export function heardAtOf(
  { type, facts }: TaskEvent,
  { metadata }: Pick<RecordedEvent, 'metadata'>,
): string | undefined {
  return type === 'TaskWentSilent' ? facts.last_heard_at : metadata.recorded_at;
}

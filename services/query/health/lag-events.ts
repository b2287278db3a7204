import type { EventStore } from '../../../shared/core/ports/event-store.js';
import type { ProjectorStatus } from '../../../shared/core/ports/projector-status.js';

/** How many events come after what a projector has taken in; `undefined` where positions do not count events. */
export async function lagEvents(
  eventStore: Pick<EventStore, 'lastPosition' | 'capabilities'>,
  projector: ProjectorStatus,
): Promise<number | undefined> {
  // Asked before the ledger, so that it is never said to be behind what it has.
  const { position } = projector.status();
  return eventStore.capabilities.countEvents?.(position, await eventStore.lastPosition());
}

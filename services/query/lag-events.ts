import type { QueryDeps } from './query-deps.js';

/** How many events come after what the projector has taken in; `undefined` where positions do not count events. */
export async function lagEvents({
  eventStore,
  projector,
}: Pick<QueryDeps, 'eventStore' | 'projector'>): Promise<number | undefined> {
  // Asked before the ledger, so that it is never said to be behind what it has.
  const { position } = projector.status();
  return eventStore.capabilities.countEvents?.(position, await eventStore.lastPosition());
}

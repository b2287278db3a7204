import { taskStream } from '../../shared/core/application/streams.js';
import { CorruptStoreError } from '../../shared/core/contracts/errors.js';
import type { EventStore, RecordedEvent } from '../../shared/core/ports/event-store.js';
import type { FeedMark } from '../../shared/core/ports/feed.js';

/** What a message of the feed says of its event. */
interface FedEvent {
  id: string;
  /** The task's id. */
  subject: string;
  revision: number;
}

/**
 * Makes sure that what was fed last is an event of this ledger. Those who hear the feed have heard of what another one has,
 * or of what an older copy lacks, and only they know what to make of it: so an operator decides.
 *
 * @param ledgerId The ledger's.
 * @throws CorruptStoreError when it is not.
 */
export async function checkFedFrom(
  store: Pick<EventStore, 'readStream'>,
  ledgerId: string | undefined,
  last: FeedMark,
): Promise<void> {
  const { position, body } = last;
  if (position === undefined || body === undefined) return;
  const remedy = `Take the feed's stream away to feed everything from this ledger's beginning.`;
  if (ledgerId !== undefined && last.ledgerId !== undefined && last.ledgerId !== ledgerId)
    throw new CorruptStoreError(
      `What was fed is of the ledger ${last.ledgerId}, and this one is ${ledgerId}. ${remedy}`,
    );
  const fed = JSON.parse(body) as FedEvent;
  const found = await eventAt(store, fed);
  // What is unreadable may have been fed without its id.
  const isSame = found?.position === position && (found.id === '' || found.id === fed.id);
  if (isSame) return;
  throw new CorruptStoreError(
    `Event ${fed.id} of task ${fed.subject} at position ${position} was fed, which this ledger ` +
      `${ledgerId ?? 'of no id'} does not have: it is an older copy, or another one. ${remedy}`,
  );
}

async function eventAt(
  store: Pick<EventStore, 'readStream'>,
  { subject, revision }: FedEvent,
): Promise<RecordedEvent | undefined> {
  const stream = taskStream(Number(subject));
  for await (const event of store.readStream(stream, { fromRevision: revision, limit: 1 })) return event;
  return undefined;
}

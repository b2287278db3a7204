import type { EventStore, RecordedEvent } from '../ports/event-store.js';
import { BULK_CANCELS_STREAM } from './streams.js';
import { upcast } from './upcasters.js';

/** A bulk cancel by its place in the list of all whose preview holds tasks. */
export interface ListedBulkCancel {
  /** `undefined` for an entry that can't be read. */
  id: string | undefined;
  /** From 0, in the order of the previews. */
  place: number;
}

/**
 * The bulk cancels whose previews hold tasks, newest first. Each is listed before its preview is written, so that some may
 * have come to nothing.
 *
 * @param limit The most to give.
 * @param before Only those that were listed before the one at this place, from 1; by default all.
 * @throws UnavailableError when the ledger is unavailable.
 */
export async function* listedBulkCancels(
  store: Pick<EventStore, 'readStream'>,
  limit: number,
  before?: number,
): AsyncGenerator<ListedBulkCancel> {
  const from = before === undefined ? {} : { fromRevision: before - 1 };
  const entries = store.readStream(BULK_CANCELS_STREAM, { ...from, direction: 'backwards', limit });
  for await (const entry of entries) yield { id: idOf(entry), place: entry.revision };
}

function idOf(entry: RecordedEvent): string | undefined {
  const { bulk_cancel_id } = entry.damage === undefined ? upcast(entry).data : {};
  return typeof bulk_cancel_id === 'string' ? bulk_cancel_id : undefined;
}

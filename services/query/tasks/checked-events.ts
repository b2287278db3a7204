import { ChainVerifier } from '../../../shared/core/application/chain-verifier.js';
import type { RecordedEvent, StreamReadOptions } from '../../../shared/core/ports/event-store.js';
import type { QueryDeps } from '../query-deps.js';

/** What a stream is read and verified with. */
export type CheckedReads = Pick<QueryDeps, 'eventStore' | 'crypto'>;

/** An event, and what is wrong with it as one that stands behind the event before it; `undefined` where nothing is. */
export interface CheckedEvent {
  event: RecordedEvent;
  fault: string | undefined;
}

/**
 * Reads a stream in either direction, each event verified with the one before it, which is read once more where it is not
 * given itself.
 *
 * @param options `limit` is the most events that are given.
 */
export async function* checkedEvents(
  { eventStore, crypto }: CheckedReads,
  stream: string,
  { fromRevision, direction = 'forwards', limit = Infinity }: StreamReadOptions,
  signal?: AbortSignal,
): AsyncGenerator<CheckedEvent> {
  const isForwards = direction === 'forwards';
  const withOneBefore = isForwards && fromRevision ? fromRevision - 1 : fromRevision;
  const options = {
    direction,
    ...(withOneBefore !== undefined && { fromRevision: withOneBefore }),
    ...(limit !== Infinity && { limit: limit + 1 }),
  };
  const checked = (event: RecordedEvent, before: RecordedEvent | undefined): CheckedEvent => {
    const verifier = new ChainVerifier(crypto, (before?.revision ?? -1) + 1, before?.metadata.hash);
    return { event, fault: verifier.next(event) };
  };
  let given = 0;
  let last: RecordedEvent | undefined;
  for await (const event of eventStore.readStream(stream, options, signal)) {
    if (isForwards && event.revision >= (fromRevision ?? 0) && given++ < limit) yield checked(event, last);
    if (!isForwards && last !== undefined && given++ < limit) yield checked(last, event);
    last = event;
  }
  // The first of the stream has none before it.
  if (!isForwards && last !== undefined && given < limit) yield checked(last, undefined);
}

import type { AppendOutcome, RecordedEvent, StreamAppend } from '../../core/ports/event-store.js';
import type { KurrentDbConnection } from './kurrentdb-connection.js';
import { readStreamPages } from './paged-reads.js';

/**
 * What became of an append, by what stands where its events would: these events, or something else. `undefined` while nothing
 * stands there, as it may yet be appended.
 *
 * @param pageMsMax How long each read may take.
 * @throws UnavailableError when the stream can't be read in time.
 */
export async function standingOutcome(
  connection: KurrentDbConnection,
  { stream, expectedRevision, events }: StreamAppend,
  pageMsMax: number,
): Promise<AppendOutcome | undefined> {
  const fromRevision = expectedRevision === 'no_stream' ? 0 : expectedRevision + 1;
  let count = 0;
  let last: RecordedEvent | undefined;
  const options = { fromRevision, limit: events.length };
  for await (const page of readStreamPages(connection, stream, options, pageMsMax)) {
    for (const event of page) {
      if (event.revision !== fromRevision + count || event.id !== events[count]?.id)
        return conflict(connection, stream, pageMsMax);
      count++;
      last = event;
    }
  }
  if (last === undefined) return undefined;
  // An append is whole or not at all: the first events are somebody else's append, and the others don't follow them.
  if (count < events.length) return conflict(connection, stream, pageMsMax);
  return { outcome: 'appended', revision: last.revision, position: last.position };
}

async function conflict(
  connection: KurrentDbConnection,
  stream: string,
  pageMsMax: number,
): Promise<AppendOutcome> {
  const last = { direction: 'backwards', limit: 1 } as const;
  for await (const [event] of readStreamPages(connection, stream, last, pageMsMax)) {
    if (event !== undefined) return { outcome: 'conflict', actualRevision: event.revision };
  }
  return { outcome: 'conflict', actualRevision: 'no_stream' };
}

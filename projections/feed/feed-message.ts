import { openEvent } from '../../shared/core/application/stored-event.js';
import { extensionsOf, openMetadata } from '../../shared/core/application/stored-metadata.js';
import { taskIdOfStream } from '../../shared/core/application/streams.js';
import { upcast } from '../../shared/core/application/upcasters.js';
import { withExactIntegers } from '../../shared/core/contracts/exact-integers.js';
import { SENT_TYPES } from '../../shared/core/contracts/event-types.js';
import { OWN_SOURCE_PREFIX } from '../../shared/core/contracts/lifecycle-events.js';
import { FEED_SUBJECT } from '../../shared/core/contracts/subjects.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import type { FeedMessage } from '../../shared/core/ports/feed.js';

/** The `source` of every event in the feed. */
export const FEED_SOURCE = `${OWN_SOURCE_PREFIX}ledger`;

/**
 * An event of the ledger as it goes out: a CloudEvent 1.0 in its JSON form, described in `docs/feed.md`. Pure: the same
 * event gives the same bytes, whoever feeds it.
 *
 * @throws UnknownEventTypeError or CorruptStoreError when this version can't read the event.
 */
export function feedMessage(recorded: RecordedEvent): FeedMessage {
  const { type, facts, taskId, origin, at, after } = openEvent(recorded);
  const { id, position, revision } = recorded;
  const metadata = openMetadata(upcast(recorded).metadata);
  const body = JSON.stringify({
    ...extensionsOf(metadata),
    // It is about the data as it was published, which is not what the feed has.
    dataschema: undefined,
    specversion: '1.0',
    id,
    source: FEED_SOURCE,
    type: SENT_TYPES[type],
    subject: String(taskId),
    time: at,
    datacontenttype: 'application/json',
    sequence: position,
    revision,
    recordedat: metadata.recorded_at,
    publisher: origin.source,
    publisherid: origin.id,
    correlationid: metadata.$correlationId,
    causationid: metadata.$causationId,
    principal: metadata.principal,
    authenticatedby: metadata.authenticated_by,
    data: { ...facts, after },
  });
  const what = SENT_TYPES[type].slice('task.'.length);
  const subject = `${FEED_SUBJECT}.${after.project_id}.${taskId}.${what}`;
  return { subject, position, body: withExactIntegers(body) };
}

/**
 * What stands for an event that this version can't read, so that the feed has no gap and everyone is told: an event of
 * type `task.unreadable`.
 *
 * @param reason Why it can't be read.
 */
export function unreadableMessage(
  { id, stream, revision, position }: RecordedEvent,
  reason: string,
): FeedMessage {
  const taskId = taskIdOfStream(stream);
  const body = JSON.stringify({
    specversion: '1.0',
    // A damaged event's own is not known.
    id: id === '' ? `${stream}@${revision}` : id,
    source: FEED_SOURCE,
    type: 'task.unreadable',
    subject: String(taskId),
    datacontenttype: 'application/json',
    sequence: position,
    revision,
    data: { reason },
  });
  return { subject: `${FEED_SUBJECT}.unknown.${taskId}.unreadable`, position, body };
}

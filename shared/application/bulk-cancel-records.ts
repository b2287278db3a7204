import { CorruptStoreError } from '../contracts/errors.js';
import {
  BULK_CANCEL_EVENT_TYPES,
  evolveBulkCancel,
  type BulkCancel,
  type BulkCancelEvent,
  type BulkCancelEventType,
} from '../domain/bulk-cancel.js';
import type { JsonObject } from '../domain/json.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore, NewEvent, RecordedEvent } from '../ports/event-store.js';
import { bookkeepingEvent } from './bookkeeping-event.js';
import { openData, SCHEMA_VERSION, sealData } from './stored-event.js';
import { bulkCancelStream } from './streams.js';

/** A bulk cancel as the ledger has it. */
export interface LoadedBulkCancel {
  id: string;
  state: BulkCancel;
  /** RFC 3339 with `Z` and milliseconds; `undefined` until it happened. */
  createdAt: string;
  startedAt: string | undefined;
  finishedAt: string | undefined;
  /** Who had it executed, as far as was said, and the store's id of the event that says so. */
  started: { principal: string; eventId: string } | undefined;
  /** The last event, which the next one builds on. */
  last: RecordedEvent;
}

/**
 * Reads a bulk cancel from its stream.
 *
 * @returns `undefined` when there is none of this id.
 * @throws CorruptStoreError for events that this version did not write.
 */
export async function loadBulkCancel(
  store: Pick<EventStore, 'readStream'>,
  id: string,
): Promise<LoadedBulkCancel | undefined> {
  let loaded: LoadedBulkCancel | undefined;
  for await (const recorded of store.readStream(bulkCancelStream(id))) {
    const event = openBulkCancelEvent(recorded);
    const { recorded_at = '', principal = '' } = recorded.metadata;
    const { createdAt = recorded_at, startedAt, finishedAt, started } = loaded ?? {};
    loaded = {
      id,
      state: evolveBulkCancel(loaded?.state, event),
      createdAt,
      startedAt: event.type === 'BulkCancelStarted' ? recorded_at : startedAt,
      finishedAt: event.type === 'BulkCancelFinished' ? recorded_at : finishedAt,
      started: event.type === 'BulkCancelStarted' ? { principal, eventId: recorded.id } : started,
      last: recorded,
    };
  }
  return loaded;
}

/**
 * Appends what `decideBulkCancel` has decided.
 *
 * @param before What was decided on; `undefined` for the preview.
 * @param principal Who asked for it; `undefined` for what the program does by itself in the course of it.
 * @returns False when the stream is no longer as `before` has it; then nothing was written.
 * @throws UnavailableError when the effect is unknown.
 */
export async function appendToBulkCancel(
  deps: { store: EventStore; clock: Clock; crypto: Crypto },
  id: string,
  before: LoadedBulkCancel | undefined,
  decided: readonly BulkCancelEvent[],
  principal?: string,
): Promise<boolean> {
  const stream = bulkCancelStream(id);
  const metadata = {
    $causationId: before?.started?.eventId ?? before?.last.id ?? id,
    $correlationId: id,
    ...(principal !== undefined && { authenticated_by: 'none', principal }),
  };
  const events: NewEvent[] = [];
  let previous = before?.last;
  for (const { type, facts } of decided) {
    const data = sealData(facts, deps.crypto);
    const event = bookkeepingEvent(stream, previous, type, data, deps, metadata);
    events.push(event);
    previous = { ...event, stream, revision: (previous?.revision ?? -1) + 1, position: '' };
  }
  const expectedRevision = before?.last.revision ?? 'no_stream';
  const [outcome] = await deps.store.append([{ stream, expectedRevision, events }]);
  return outcome?.outcome === 'appended';
}

function openBulkCancelEvent({ stream, revision, type, data, metadata }: RecordedEvent): BulkCancelEvent {
  if (metadata.schema_version !== SCHEMA_VERSION || !isBulkCancelEventType(type)) {
    throw new CorruptStoreError(
      `${stream}@${revision} is a ${type} of schema version ${metadata.schema_version ?? 'none'}, which this program does not read`,
    );
  }
  return { type, facts: openData(data) as JsonObject & BulkCancelEvent['facts'] } as BulkCancelEvent;
}

function isBulkCancelEventType(type: string): type is BulkCancelEventType {
  return (BULK_CANCEL_EVENT_TYPES as readonly string[]).includes(type);
}

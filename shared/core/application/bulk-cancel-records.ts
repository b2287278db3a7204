import { RecentCache } from '../../kit/recent-cache.js';
import { ANONYMOUS, UNCHECKED } from '../contracts/caller.js';
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
import type { EventStore, RecordedEvent } from '../ports/event-store.js';
import type { AskedBy } from './asked-by.js';
import { bookkeepingEvents } from './bookkeeping-events.js';
import { openFacts } from './stored-facts.js';
import { askedMetadata } from './stored-metadata.js';
import { bulkCancelStream } from './streams.js';
import { upcast } from './upcasters.js';
import { verified } from './chain-verifier.js';

/** A bulk cancel as the ledger has it. */
export interface LoadedBulkCancel {
  id: string;
  state: BulkCancel;
  /** RFC 3339 with `Z` and milliseconds; `undefined` until it happened. */
  createdAt: string;
  startedAt: string | undefined;
  finishedAt: string | undefined;
  abortedAt: string | undefined;
  /** Who had it executed, as far as was said, and the store's id of the event that says so. */
  started: (AskedBy & { eventId: string }) | undefined;
  /** The last event, which the next one builds on. */
  last: RecordedEvent;
}

/** How many tasks the remembered bulk cancels may name together. */
const REMEMBERED_TASKS_MAX = 200_000;

/** Reads bulk cancels from their streams; of those that it has read lately, only what came since. */
export class BulkCancelRecords {
  private readonly recent = new RecentCache<string, LoadedBulkCancel>(REMEMBERED_TASKS_MAX);

  constructor(
    private readonly store: Pick<EventStore, 'readStream'>,
    private readonly crypto: Pick<Crypto, 'sha256'>,
  ) {}

  /**
   * A bulk cancel as it is now.
   *
   * @returns `undefined` when there is none of this id.
   * @throws BrokenStreamError when its stream does not verify.
   * @throws CorruptStoreError for events that this version does not read.
   */
  async load(id: string): Promise<LoadedBulkCancel | undefined> {
    const known = this.recent.get(id);
    // Another ledger, or an older copy of this one, may stand there by now.
    let loaded = known !== undefined && (await this.stands(id, known.last)) ? known : undefined;
    const fromRevision = loaded === undefined ? 0 : loaded.last.revision + 1;
    const events = this.store.readStream(bulkCancelStream(id), { fromRevision });
    for await (const recorded of verified(events, this.crypto, loaded?.last)) {
      loaded = withEvent(id, loaded, recorded);
    }
    if (loaded !== undefined) this.recent.set(id, loaded, 1 + loaded.state.preview.task_ids.length);
    return loaded;
  }

  /** Whether nothing was written to it since. @throws UnavailableError when the ledger is unavailable. */
  async isLast({ id, last }: LoadedBulkCancel): Promise<boolean> {
    const next = { fromRevision: last.revision + 1, limit: 1 };
    for await (const _ of this.store.readStream(bulkCancelStream(id), next)) return false;
    return true;
  }

  private async stands(id: string, { revision, id: eventId }: RecordedEvent): Promise<boolean> {
    const read = { fromRevision: revision, limit: 1 };
    for await (const found of this.store.readStream(bulkCancelStream(id), read)) return found.id === eventId;
    return false;
  }
}

function withEvent(
  id: string,
  before: LoadedBulkCancel | undefined,
  recorded: RecordedEvent,
): LoadedBulkCancel {
  const event = openBulkCancelEvent(recorded);
  const {
    recorded_at = '',
    principal = ANONYMOUS,
    authenticated_by: authenticatedBy = UNCHECKED,
  } = recorded.metadata;
  const { createdAt = recorded_at, startedAt, finishedAt, abortedAt, started } = before ?? {};
  return {
    id,
    state: evolveBulkCancel(before?.state, event),
    createdAt,
    startedAt: event.type === 'BulkCancelStarted' ? recorded_at : startedAt,
    finishedAt: event.type === 'BulkCancelFinished' ? recorded_at : finishedAt,
    abortedAt: event.type === 'BulkCancelAborted' ? recorded_at : abortedAt,
    started:
      event.type === 'BulkCancelStarted' ? { principal, authenticatedBy, eventId: recorded.id } : started,
    last: recorded,
  };
}

/**
 * Appends what `decideBulkCancel` has decided.
 *
 * @param before What was decided on; `undefined` for the preview.
 * @param asked Who asked for it; `undefined` for what the program does by itself in the course of it.
 * @returns False when the stream is no longer as `before` has it; then nothing was written.
 * @throws UnavailableError when the effect is unknown.
 */
export async function appendToBulkCancel(
  deps: { store: EventStore; clock: Clock; crypto: Crypto },
  id: string,
  before: LoadedBulkCancel | undefined,
  decided: readonly BulkCancelEvent[],
  asked?: AskedBy,
): Promise<boolean> {
  const stream = bulkCancelStream(id);
  const metadata = {
    $causationId: before?.started?.eventId ?? before?.last.id ?? id,
    $correlationId: id,
    ...(asked !== undefined && askedMetadata(asked)),
  };
  const events = bookkeepingEvents(stream, before?.last, decided, deps, metadata);
  const expectedRevision = before?.last.revision ?? 'no_stream';
  const [outcome] = await deps.store.append([{ stream, expectedRevision, events }]);
  return outcome?.outcome === 'appended';
}

function openBulkCancelEvent(recorded: RecordedEvent): BulkCancelEvent {
  const { stream, revision, type, data } = upcast(recorded);
  if (!isBulkCancelEventType(type)) {
    throw new CorruptStoreError(`${stream}@${revision} is a ${type}, which this program does not read`);
  }
  const facts = openFacts(type, data) as JsonObject & BulkCancelEvent['facts'];
  return { type, facts } as BulkCancelEvent;
}

function isBulkCancelEventType(type: string): type is BulkCancelEventType {
  return (BULK_CANCEL_EVENT_TYPES as readonly string[]).includes(type);
}

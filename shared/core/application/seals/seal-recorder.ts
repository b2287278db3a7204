import { BrokenStreamError, InvalidRequestError } from '../../contracts/errors.js';
import { describeIssue } from '../../contracts/issues.js';
import { sealRequestSchema, type SealReply } from '../../contracts/seals.js';
import { SEAL_SUBJECT } from '../../contracts/subjects.js';
import type { Clock } from '../../ports/clock.js';
import type { Crypto } from '../../ports/crypto.js';
import type { EventStore, RecordedEvent } from '../../ports/event-store.js';
import type { RequestContext } from '../../ports/message-bus.js';
import { checkRight } from '../asked-by.js';
import { bookkeepingEvents } from '../bookkeeping-events.js';
import { SEALS_STREAM } from '../streams.js';
import { SEALED_TYPE, SUCCEEDED_TYPE } from './seal-events.js';

/** Puts seals on record, each after the one that its sealer knows: of two that seal at once only one does. */
export class SealRecorder {
  constructor(private readonly deps: { store: EventStore; clock: Clock; crypto: Crypto }) {}

  /**
   * Records a seal, and before it the keys that took the place of others.
   *
   * @param request A `SealRequest`, not yet validated.
   * @throws InvalidRequestError when it is no such request, or its caller may not publish.
   * @throws BrokenStreamError when the last event there can't be read.
   * @throws UnavailableError when the effect is unknown.
   */
  async record(request: unknown, context: RequestContext): Promise<SealReply> {
    checkRight(context, 'publish', SEAL_SUBJECT);
    const parsed = sealRequestSchema.safeParse(request);
    if (!parsed.success) throw new InvalidRequestError(describeIssue(parsed.error));
    const { after_revision, successions, seal } = parsed.data;
    const last = await lastSealEvent(this.deps.store);
    if ((last?.revision ?? null) !== after_revision) return { ok: true, outcome: 'conflict' };
    if (last?.damage !== undefined) throw new BrokenStreamError(last.damage);
    const happened = [
      ...successions.map((facts) => ({ type: SUCCEEDED_TYPE, facts })),
      { type: SEALED_TYPE, facts: seal },
    ];
    const events = bookkeepingEvents(SEALS_STREAM, last, happened, this.deps);
    const expectedRevision = last?.revision ?? 'no_stream';
    const [outcome] = await this.deps.store.append([{ stream: SEALS_STREAM, expectedRevision, events }]);
    if (outcome?.outcome !== 'appended') return { ok: true, outcome: 'conflict' };
    return { ok: true, outcome: 'sealed', revision: outcome.revision };
  }
}

/** The last event of the stream of seals, or `undefined` while there is none. */
export async function lastSealEvent(
  store: Pick<EventStore, 'readStream'>,
): Promise<RecordedEvent | undefined> {
  for await (const event of store.readStream(SEALS_STREAM, { direction: 'backwards', limit: 1 }))
    return event;
  return undefined;
}

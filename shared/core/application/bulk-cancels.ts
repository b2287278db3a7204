import { UnavailableError } from '../contracts/errors.js';
import { describeIssue } from '../contracts/issues.js';
import { withoutNulls } from '../contracts/left-out.js';
import {
  bulkCancelNamedSchema,
  bulkCancelPreviewSchema,
  type BulkCancelErrorCode,
  type BulkCancelReply,
} from '../contracts/messages.js';
import {
  BULK_CANCEL_ABORT_SUBJECT,
  BULK_CANCEL_EXECUTE_SUBJECT,
  BULK_CANCEL_PREVIEW_SUBJECT,
} from '../contracts/subjects.js';
import { utf8Length } from '../contracts/utf8.js';
import { decideBulkCancel, type BulkCancelDecision } from '../domain/bulk-cancel.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore, RecordedEvent, StreamReadOptions } from '../ports/event-store.js';
import type { RequestContext } from '../ports/message-bus.js';
import { askedBy, checkRight } from './asked-by.js';
import { bookkeepingEvents } from './bookkeeping-events.js';
import { listedBulkCancels } from './bulk-cancel-list.js';
import { appendToBulkCancel, BulkCancelRecords } from './bulk-cancel-records.js';
import { endOfStream } from './stream-end.js';
import { bulkCancelStream, BULK_CANCELS_STREAM } from './streams.js';

/** How long a preview can be executed, in milliseconds. */
export const PREVIEW_LIFETIME_MS = 60 * 60 * 1000;

/** How many previews that hold tasks may be made within the lifetime of one: each is up to 256 KiB in the ledger, for good. */
export const PREVIEWS_MAX = 1_000;

/** What a filter may take of the stored event, in bytes of its JSON: the ids of the tasks need most of it. */
const FILTER_BYTES_MAX = 32 * 1024;

/** How often it is decided anew because somebody else appended first, before the sender is told to come again. */
const CONFLICTS_MAX = 50;

type Refusal = Extract<BulkCancelDecision, { outcome: 'refused' }>;

/** Puts bulk cancels on record: which tasks a preview has named, that they are to be cancelled, or not any more. */
export class BulkCancels {
  private readonly records: BulkCancelRecords;

  constructor(private readonly deps: { store: EventStore; clock: Clock; crypto: Crypto }) {
    this.records = new BulkCancelRecords(deps.store, deps.crypto);
  }

  /**
   * Records a preview; nothing is cancelled by it.
   *
   * @param request A `BulkCancelPreviewRequest`, not yet validated.
   * @param context After its deadline nothing is begun.
   * @throws InvalidRequestError when its caller may not cancel.
   * @throws UnavailableError when the effect is unknown.
   */
  async preview(request: unknown, context: RequestContext): Promise<BulkCancelReply> {
    checkRight(context, 'cancel', BULK_CANCEL_PREVIEW_SUBJECT);
    const parsed = bulkCancelPreviewSchema.safeParse(withoutNulls(request, bulkCancelPreviewSchema));
    if (!parsed.success) return failed('invalid_request', describeIssue(parsed.error));
    const { id, actor, filter, position, task_ids, reason } = parsed.data;
    if (utf8Length(JSON.stringify(filter)) > FILTER_BYTES_MAX) {
      return failed('invalid_request', `filter: must have at most ${FILTER_BYTES_MAX} bytes of JSON`);
    }
    const now = this.now();
    const expires_at = new Date(Date.parse(now) + PREVIEW_LIFETIME_MS).toISOString();
    const said = reason === undefined ? {} : { reason };
    const facts = { expires_at, filter, position, ...said, task_ids };
    const command = { type: 'PreviewBulkCancel' as const, facts };
    const before = await this.records.load(id);
    const decision = decideBulkCancel(command, before?.state, now);
    if (decision.outcome === 'refused') return refused(decision);
    if (decision.outcome === 'accepted') {
      const { deadlineMs } = context;
      this.checkDeadline(deadlineMs);
      // One that holds no task is small, and there is nothing of it to go on with after a restart.
      if (task_ids.length > 0) {
        const freeAtMs = await this.enlist(id, deadlineMs);
        if (freeAtMs !== undefined) return tooMany(freeAtMs, Date.parse(now));
      }
      const appended = await appendToBulkCancel(
        this.deps,
        id,
        undefined,
        decision.events,
        askedBy(context, actor),
      );
      if (!appended) return failed('cancellation_exists', 'There is another cancellation of this id');
    }
    return { ok: true, id };
  }

  /**
   * Records that the tasks of a preview are to be cancelled. Asked again, it is the same start.
   *
   * @param request A `BulkCancelNamedRequest`, not yet validated.
   * @param context As of `preview`.
   * @throws InvalidRequestError when its caller may not cancel.
   * @throws UnavailableError when the effect is unknown; asking again has no second one.
   */
  async start(request: unknown, context: RequestContext): Promise<BulkCancelReply> {
    checkRight(context, 'cancel', BULK_CANCEL_EXECUTE_SUBJECT);
    return this.carryOut('StartBulkCancel', request, context);
  }

  /**
   * Records that no more tasks of a bulk cancel are to be cancelled, be it under way or not started; what is done stays done.
   * Asked again, it is the same end.
   *
   * @param request A `BulkCancelNamedRequest`, not yet validated.
   * @param context As of `preview`.
   * @throws InvalidRequestError when its caller may not cancel.
   * @throws UnavailableError when the effect is unknown; asking again has no second one.
   */
  async abort(request: unknown, context: RequestContext): Promise<BulkCancelReply> {
    checkRight(context, 'cancel', BULK_CANCEL_ABORT_SUBJECT);
    return this.carryOut('AbortBulkCancel', request, context);
  }

  private async carryOut(
    type: 'StartBulkCancel' | 'AbortBulkCancel',
    request: unknown,
    context: RequestContext,
  ): Promise<BulkCancelReply> {
    const parsed = bulkCancelNamedSchema.safeParse(withoutNulls(request, bulkCancelNamedSchema));
    if (!parsed.success) return failed('invalid_request', describeIssue(parsed.error));
    const { id, actor } = parsed.data;
    const asked = askedBy(context, actor);
    for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
      this.checkDeadline(context.deadlineMs);
      const before = await this.records.load(id);
      const decision = decideBulkCancel({ type }, before?.state, this.now());
      if (decision.outcome === 'refused') return refused(decision);
      if (decision.outcome === 'duplicate') return { ok: true, id };
      if (await appendToBulkCancel(this.deps, id, before, decision.events, asked)) return { ok: true, id };
    }
    throw new UnavailableError('Too many others are writing to the same cancellation');
  }

  /** The ids of those that are under way, of the last `PREVIEWS_MAX` that were previewed; newest first. */
  async *underWay(): AsyncGenerator<string> {
    for await (const { id } of listedBulkCancels(this.deps.store, PREVIEWS_MAX)) {
      // One that can't be read is gone on with when somebody asks for it again; the others are not kept waiting.
      if (id === undefined) continue;
      const stream = bulkCancelStream(id);
      // Previews are large, and most are never started: what comes after them is looked at alone.
      const started = await this.first(stream, { fromRevision: 1 });
      if (started === undefined) continue;
      const last = await this.first(stream, { direction: 'backwards' });
      if (last?.type !== 'BulkCancelFinished' && last?.type !== 'BulkCancelAborted') yield id;
    }
  }

  /**
   * Takes one of the places that there are for previews. It is first, so that no preview is ever without one.
   *
   * @returns When the next place gets free, in milliseconds since 1970, if there is none; else `undefined`.
   */
  private async enlist(id: string, deadlineMs: number): Promise<number | undefined> {
    const { store } = this.deps;
    for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
      this.checkDeadline(deadlineMs);
      const previous = await endOfStream(store, BULK_CANCELS_STREAM, this.deps.crypto);
      const freeAtMs = await this.fullUntilMs(previous);
      if (freeAtMs !== undefined) return freeAtMs;
      const enlisted = { type: 'BulkCancelEnlisted', facts: { bulk_cancel_id: id } };
      const events = bookkeepingEvents(BULK_CANCELS_STREAM, previous, [enlisted], this.deps);
      const expectedRevision = previous?.revision ?? 'no_stream';
      const [outcome] = await store.append([{ stream: BULK_CANCELS_STREAM, expectedRevision, events }]);
      if (outcome?.outcome === 'appended') return undefined;
    }
    throw new UnavailableError('Too many cancellations are previewed at once');
  }

  private async fullUntilMs(newest: RecordedEvent | undefined): Promise<number | undefined> {
    const oldestRevision = (newest?.revision ?? -1) - PREVIEWS_MAX + 1;
    if (oldestRevision < 0) return undefined;
    const oldest = await this.first(BULK_CANCELS_STREAM, { fromRevision: oldestRevision });
    const freeAtMs = Date.parse(oldest?.metadata.recorded_at ?? '') + PREVIEW_LIFETIME_MS;
    // A damaged one has no time, and keeps nobody waiting.
    return Number.isNaN(freeAtMs) || freeAtMs <= this.deps.clock.nowMs() ? undefined : freeAtMs;
  }

  private async first(stream: string, options: StreamReadOptions): Promise<RecordedEvent | undefined> {
    for await (const recorded of this.deps.store.readStream(stream, { ...options, limit: 1 }))
      return recorded;
    return undefined;
  }

  private checkDeadline(deadlineMs: number): void {
    if (this.deps.clock.nowMs() > deadlineMs)
      throw new UnavailableError('The deadline of the request has passed');
  }

  private now(): string {
    return new Date(this.deps.clock.nowMs()).toISOString();
  }
}

function refused({ code, message }: Refusal): BulkCancelReply {
  return failed(CODE_OF_REFUSAL[code], message);
}

const CODE_OF_REFUSAL = {
  not_found: 'cancellation_not_found',
  expired: 'cancellation_expired',
  aborted: 'cancellation_aborted',
  finished: 'cancellation_finished',
  exists: 'cancellation_exists',
  too_many_tasks: 'invalid_request',
  doubled_task: 'invalid_request',
  out_of_step: 'unavailable',
} as const satisfies Record<Refusal['code'], BulkCancelErrorCode>;

function tooMany(freeAtMs: number, nowMs: number): BulkCancelReply {
  const code = 'too_many_previews';
  const message = `At most ${PREVIEWS_MAX} cancellations that hold tasks can be previewed within ${PREVIEW_LIFETIME_MS / 60_000} minutes; the next one at ${new Date(freeAtMs).toISOString()}`;
  return { ok: false, error: { code, message, retry_after_s: Math.ceil((freeAtMs - nowMs) / 1_000) } };
}

function failed(code: BulkCancelErrorCode, message: string): BulkCancelReply {
  return { ok: false, error: { code, message } };
}

import { shortenedText } from '../../shared/core/application/event-size.js';
import {
  InvalidRequestError,
  UnavailableError,
  type UnavailableCode,
} from '../../shared/core/contracts/errors.js';
import { withExactIntegers } from '../../shared/core/contracts/exact-integers.js';
import { outcomesIn } from '../../shared/core/contracts/ingest-reply.js';
import { eventIdIn, itemTexts } from '../../shared/core/contracts/json-items.js';
import { JsonText } from '../../shared/core/contracts/json-text.js';
import {
  checkBatchSize,
  type BulkCancelNamedRequest,
  type BulkCancelPreviewRequest,
  type BulkCancelReply,
  type CancelReply,
  type CancelRequest,
  type EventOutcome,
  type RegisterProjectReply,
  type RegisterProjectRequest,
} from '../../shared/core/contracts/messages.js';
import type { Reason } from '../../shared/core/contracts/reasons.js';
import { parseStrictJson } from '../../shared/core/contracts/strict-json.js';
import {
  BULK_CANCEL_ABORT_SUBJECT,
  BULK_CANCEL_EXECUTE_SUBJECT,
  BULK_CANCEL_PREVIEW_SUBJECT,
  CANCEL_SUBJECT,
  INGEST_SUBJECT,
  REGISTER_PROJECT_SUBJECT,
} from '../../shared/core/contracts/subjects.js';
import { utf8Length } from '../../shared/core/contracts/utf8.js';
import type { JsonObject } from '../../shared/core/domain/json.js';
import type { RequestContext } from '../../shared/core/ports/message-bus.js';
import type { AskedContext } from './http/asked-context.js';
import { statusOf } from './http/statuses.js';
import type { QueryDeps } from './query-deps.js';

/** The command service as the query service sees it: every write goes over the bus, with a deadline. */
export class CommandClient {
  constructor(
    private readonly deps: Pick<QueryDeps, 'clock'> & { bus: Omit<QueryDeps['bus'], 'tell'> },
    private readonly timeoutMs: number,
  ) {}

  /**
   * Sends one event, or the JSON of one or of a list.
   *
   * @param asked Who sends it, and what it belongs to: kept with each event that names no trace of its own.
   * @returns What became of each, in the order sent.
   * @throws InvalidRequestError when the request as a whole was refused.
   * @throws TooManyEventsError when the list is longer than `BATCH_EVENTS_MAX`.
   * @throws UnavailableError when no answer came in time; sending it again is safe.
   */
  async ingest(sent: JsonObject | JsonText, asked: AskedContext): Promise<EventOutcome[]> {
    const { requestBytesMax } = this.deps.bus;
    const context = this.context(asked);
    if (requestBytesMax === undefined) return this.ingestPart(sent, context);
    const text = sent instanceof JsonText ? sent : new JsonText(withExactIntegers(JSON.stringify(sent)));
    const events = itemsIfLarger(text, requestBytesMax);
    if (events === undefined) return this.ingestPart(text, context);
    checkBatchSize(events);
    const outcomes: EventOutcome[] = [];
    // One part after the other, since a task may have events in several.
    for (const part of partsOf(events.map(shortenedIfLarger(requestBytesMax)), requestBytesMax)) {
      // What follows something that is unavailable could be of the same task, under whatever name.
      const waits = outcomes.find(({ reason }) => WAITING.has(reason));
      if (waits !== undefined) outcomes.push(...part.map((event) => answered(event, waits)));
      else outcomes.push(...(await this.ingestPart(listOf(part), context).catch(afterFirst(part, outcomes))));
    }
    return outcomes;
  }

  /** As `ingest`, with the outcomes as JSON: as they come from the bus, where it has them as text. */
  async ingestToJson(sent: JsonText, asked: AskedContext): Promise<string> {
    const { bus } = this.deps;
    if (bus.requestBytesMax !== undefined) return JSON.stringify(await this.ingest(sent, asked));
    const options = { ...this.context(asked), replyAsText: true };
    const reply = await bus.request(INGEST_SUBJECT, sent, options);
    // A failure is an object.
    if (reply instanceof JsonText && reply.text.startsWith('[')) return reply.text;
    return JSON.stringify(outcomesIn(reply instanceof JsonText ? JSON.parse(reply.text) : reply));
  }

  private async ingestPart(events: object, context: RequestContext): Promise<EventOutcome[]> {
    return outcomesIn(await this.deps.bus.request(INGEST_SUBJECT, events, context));
  }

  /** Cancels a task, or hears why not. */
  async cancel(request: CancelRequest, asked: AskedContext): Promise<CancelReply> {
    return (await this.request(CANCEL_SUBJECT, request, asked)) as CancelReply;
  }

  /** Puts the preview of a bulk cancel on record, or hears why not. */
  async previewBulkCancel(request: BulkCancelPreviewRequest, asked: AskedContext): Promise<BulkCancelReply> {
    return (await this.request(BULK_CANCEL_PREVIEW_SUBJECT, request, asked)) as BulkCancelReply;
  }

  /** Has the tasks of a preview cancelled, or hears why not. Sent again, it has no second effect. */
  async executeBulkCancel(request: BulkCancelNamedRequest, asked: AskedContext): Promise<BulkCancelReply> {
    return (await this.request(BULK_CANCEL_EXECUTE_SUBJECT, request, asked)) as BulkCancelReply;
  }

  /** Has no more tasks of a bulk cancel cancelled, or hears why not. Sent again, it has no second effect. */
  async abortBulkCancel(request: BulkCancelNamedRequest, asked: AskedContext): Promise<BulkCancelReply> {
    return (await this.request(BULK_CANCEL_ABORT_SUBJECT, request, asked)) as BulkCancelReply;
  }

  /** Registers a project by its name, or hears why not. Sent again, it has no second effect. */
  async registerProject(request: RegisterProjectRequest, asked: AskedContext): Promise<RegisterProjectReply> {
    return (await this.request(REGISTER_PROJECT_SUBJECT, request, asked)) as RegisterProjectReply;
  }

  private request(subject: string, data: object, asked: AskedContext): Promise<unknown> {
    return this.deps.bus.request(subject, data, this.context(asked));
  }

  private context(asked: AskedContext): RequestContext {
    return { ...asked, deadlineMs: this.deps.clock.nowMs() + this.timeoutMs };
  }
}

/** Why an event waits for something that those after it wait for as well. */
const WAITING = new Set<Reason>(['unavailable', 'ledger_access_denied'] satisfies UnavailableCode[]);

/** The events of what is too large to be passed on as it is, be it a list or one alone. What they say is read elsewhere. */
function itemsIfLarger({ text }: JsonText, bytesMax: number): string[] | undefined {
  if (utf8Length(text) <= bytesMax) return undefined;
  const items = itemTexts(text) ?? (itemTexts(`[${text}]`)?.length === 1 ? [text] : undefined);
  // What is wrong with it is to be said, and not how large it is.
  if (items === undefined) parseStrictJson(text);
  return items;
}

/** What ends a task fits, however long its texts are. */
function shortenedIfLarger(bytesMax: number) {
  return (event: string): string => (utf8Length(event) < bytesMax ? event : (shortenedText(event) ?? event));
}

/** Cuts a list into lists of at most so many bytes; an event that is longer stands alone. */
function partsOf(events: readonly string[], bytesMax: number): string[][] {
  const parts: string[][] = [];
  let bytes = Infinity;
  for (const event of events) {
    // With the comma or bracket after it.
    const eventBytes = utf8Length(event) + 1;
    if (bytes + eventBytes >= bytesMax) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(event);
    bytes += eventBytes;
  }
  return parts;
}

/**
 * What a failure of a part means: of the first, that nothing is known of any event; of a later one, that those before it
 * have their answers all the same.
 */
function afterFirst(part: readonly string[], before: readonly EventOutcome[]) {
  return (error: unknown): EventOutcome[] => {
    const isLarge = error instanceof InvalidRequestError && part.length === 1;
    if (isLarge) {
      return [
        answered(part[0] as string, {
          outcome: 'rejected',
          task_id: null,
          code: statusOf('event_too_large'),
          reason: 'event_too_large',
          message: error.message,
          position: null,
        }),
      ];
    }
    if (before.length === 0 || !(error instanceof UnavailableError)) throw error;
    const { message } = error;
    const unknown = {
      outcome: 'unavailable',
      task_id: null,
      code: statusOf('unavailable'),
      position: null,
    } as const;
    return part.map((event) => answered(event, { ...unknown, reason: 'unavailable', message }));
  };
}

function answered(event: string, outcome: Omit<EventOutcome, 'event_id'>): EventOutcome {
  return { ...outcome, event_id: eventIdIn(event), task_id: null, position: null };
}

function listOf(events: readonly string[]): JsonText {
  return new JsonText(`[${events.join(',')}]`);
}

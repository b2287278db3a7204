import { stringify } from 'node:querystring';
import type { Context } from 'koa';
import { taskStream } from '../../../shared/core/application/streams.js';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { answerJson } from '../http/answer.js';
import { nextLink } from '../http/base-path.js';
import { intParameter, parametersOf, single, taskIdOf, type Parameters } from '../http/parameters.js';
import { checkTaken } from '../http/taken-parameters.js';
import type { QueryDeps } from '../query-deps.js';
import { checkedEvents, type CheckedReads } from '../tasks/checked-events.js';
import { taskNotFound } from '../tasks/task-routes.js';
import { lastEvent } from './last-event.js';
import { MESSAGE_FILTER_PARAMETERS, messageFilterOf, type MessageFilter } from './message-filter.js';
import { taskMessageOf, type TaskMessage } from './task-message.js';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 1000;

/** How many events of a task are looked at for one page, whatever is found in them. */
export const EVENTS_A_PAGE_MAX = 1_000;

/** A page ends with the message that brings it to so many characters, be they found or only looked at. */
const PAGE_CHARACTERS_MAX = 4 * 1024 * 1024;

/** In which order messages are listed, and the parameter that goes on there. */
export const MESSAGE_ORDERS = { newest: 'before', oldest: 'after' } as const;

/** A place in a task: the revision of an event. */
const PLACE = 'an int of 0 or more';

/** What is read. */
interface Wanted {
  order: keyof typeof MESSAGE_ORDERS;
  /** Only what comes after this revision, and before that one. */
  after: number;
  before: number;
  limit: number;
  matches: MessageFilter;
}

/** Messages, and how far was looked. */
interface MessagePage {
  messages: TaskMessage[];
  /** The revision of the last event that was looked at, where there is more. */
  next: number | undefined;
  /** What is wrong with the first event that does not verify with the one before it. */
  fault: string | undefined;
}

/**
 * `GET /api/v1/tasks/{id}/messages`: what the task has said, straight from the ledger and verified. The work for one page is
 * bounded: it may be short and still have a next one.
 */
export function listMessages({ eventStore, crypto }: QueryDeps) {
  return async (ctx: Context, id: string): Promise<void> => {
    const taskId = taskIdOf(id);
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, [...MESSAGE_FILTER_PARAMETERS, 'order', 'limit', 'after', 'before']);
    const last = await lastEvent(taskId, eventStore);
    const wanted = wantedOf(parameters, last?.revision ?? 0);
    if (last === undefined) throw taskNotFound();
    const { messages, next, fault } = await readPage({ eventStore, crypto }, taskId, wanted);
    const headers: string[] = [];
    if (next !== undefined) {
      const query = stringify({ ...parameters, [MESSAGE_ORDERS[wanted.order]]: next });
      headers.push(...nextLink(ctx, `/api/v1/tasks/${taskId}/messages?${query}`));
    }
    const answer = {
      task_id: taskId,
      revision: last.revision,
      intact: fault === undefined,
      ...(fault !== undefined && { fault }),
      messages,
    };
    answerJson(ctx, 200, 'success', JSON.stringify(answer), headers);
  };
}

/** @param end The revision of the task's last event: what comes later is for the next request. */
function wantedOf(parameters: Parameters, end: number): Wanted {
  const order = single(parameters, 'order') ?? 'newest';
  if (!(order in MESSAGE_ORDERS)) {
    throw new InvalidRequestError(`order must be one of ${Object.keys(MESSAGE_ORDERS).join(', ')}`);
  }
  const limit = intParameter(parameters, 'limit', `an int from 1 to ${LIMIT_MAX}`, 1, LIMIT_MAX);
  return {
    order: order as Wanted['order'],
    after: intParameter(parameters, 'after', PLACE, 0) ?? -1,
    before: Math.min(intParameter(parameters, 'before', PLACE, 0) ?? Infinity, end + 1),
    limit: limit ?? LIMIT_DEFAULT,
    matches: messageFilterOf(parameters),
  };
}

async function readPage(reads: CheckedReads, taskId: number, wanted: Wanted): Promise<MessagePage> {
  const { order, after, before, limit, matches } = wanted;
  const page: MessagePage = { messages: [], next: undefined, fault: undefined };
  // Nothing lies between the two.
  if (before - after < 2) return page;
  const from =
    order === 'oldest'
      ? { fromRevision: after + 1, direction: 'forwards' as const }
      : { fromRevision: before - 1, direction: 'backwards' as const };
  let seen: number | undefined;
  let characters = 0;
  let events = 0;
  const all = checkedEvents(reads, taskStream(taskId), { ...from, limit: EVENTS_A_PAGE_MAX + 1 });
  for await (const { event, fault } of all) {
    if (event.revision <= after || event.revision >= before) break;
    if (page.messages.length === limit || characters > PAGE_CHARACTERS_MAX || ++events > EVENTS_A_PAGE_MAX) {
      page.next = seen;
      break;
    }
    page.fault ??= fault;
    seen = event.revision;
    // What another program has written behind ours is nobody's here to show.
    const said = event.metadata.hash === undefined ? undefined : taskMessageOf(event);
    characters += said?.message?.length ?? 0;
    if (said !== undefined && matches(said)) page.messages.push(said);
  }
  return page;
}

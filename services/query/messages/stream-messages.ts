import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { taskStream } from '../../../shared/core/application/streams.js';
import { InvalidRequestError, UnavailableError } from '../../../shared/core/contracts/errors.js';
import { isTaskEventType, STATUS_AFTER } from '../../../shared/core/domain/events.js';
import { isFinal } from '../../../shared/core/domain/task.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { answerHead } from '../http/answer.js';
import { intParameter, parametersOf, single, taskIdOf, type Parameters } from '../http/parameters.js';
import { checkTaken } from '../http/taken-parameters.js';
import type { QueryDeps } from '../query-deps.js';
import { markedPlace, markOf, placeAndMark } from '../streams/place-mark.js';
import { STREAM_HEADERS } from '../streams/stream-connection.js';
import type { StreamHub } from '../streams/stream-hub.js';
import { taskNotFound } from '../tasks/task-routes.js';
import { lastEvent } from './last-event.js';
import { MESSAGE_FILTER_PARAMETERS, messageFilterOf } from './message-filter.js';
import { MessageReader } from './message-reader.js';

/** The header by which an `EventSource` says what it has seen. */
const SEEN_HEADER = 'Last-Event-ID';

/**
 * `GET /api/v1/tasks/{id}/messages/stream`: what the task says from now on, or after one of its events, up to its end. A client
 * that comes back having seen the end gets 204, which keeps an `EventSource` from coming again.
 */
export function streamMessages({ eventStore, crypto }: QueryDeps, hub: StreamHub) {
  return async (ctx: Context, id: string): Promise<void> => {
    const taskId = taskIdOf(id);
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, [...MESSAGE_FILTER_PARAMETERS, 'after']);
    const matches = messageFilterOf(parameters);
    const seen = seenEvent(ctx.req, parameters);
    await hub.open(async () => {
      const last = await lastEvent(taskId, eventStore);
      if (last === undefined) throw taskNotFound();
      const { type, revision } = last;
      const after = await seenOf(seen, taskId, last, eventStore);
      const isLast = after.revision === revision;
      const hasEnded = isTaskEventType(type) && isFinal(STATUS_AFTER[type]);
      if (hasEnded && isLast) return void answerHead(ctx, 204);
      if (ctx.method === 'HEAD') return void answerHead(ctx, 200, STREAM_HEADERS);
      ctx.respond = false;
      const response = ctx.res;
      const shown = { taskId, after, matches };
      return {
        response,
        make: (parts) => new MessageReader({ ...shown, response, eventStore, crypto }, parts),
      };
    });
  };
}

/** What a client says to have seen, and by what it knows the event. */
interface SeenEvent {
  revision: number;
  mark: string | undefined;
}

/** The event that a client has seen everything up to; the header, which an `EventSource` sends, wins. */
function seenEvent({ headers }: IncomingMessage, parameters: Parameters): SeenEvent | undefined {
  const header = headers['last-event-id'];
  const isSaid = typeof header === 'string' && header !== '';
  const [name, text] = isSaid ? [SEEN_HEADER, header] : ['after', single(parameters, 'after')];
  if (text === undefined) return undefined;
  const [place, mark] = placeAndMark(text);
  const what = "the revision of one of the task's events, or 0 for its beginning";
  return { revision: intParameter({ [name]: place }, name, what, 0) as number, mark };
}

/** That event; the last one for who has seen none. */
async function seenOf(
  seen: SeenEvent | undefined,
  taskId: number,
  last: RecordedEvent,
  ledger: Pick<QueryDeps['eventStore'], 'readStream'>,
): Promise<RecordedEvent> {
  if (seen === undefined) return last;
  const { revision, mark } = seen;
  if (revision > last.revision)
    throw new InvalidRequestError(
      `Event ${revision} lies beyond the task's last, ${last.revision}: list again`,
    );
  const event = revision === last.revision ? last : await eventAt(taskId, revision, ledger);
  if (mark !== undefined && event.damage === undefined && markOf(event) !== mark)
    throw new InvalidRequestError(
      `${markedPlace(String(revision), mark)} is of another ledger than this one: list again`,
    );
  return event;
}

async function eventAt(
  taskId: number,
  revision: number,
  ledger: Pick<QueryDeps['eventStore'], 'readStream'>,
): Promise<RecordedEvent> {
  const one = { fromRevision: revision, limit: 1 };
  for await (const event of ledger.readStream(taskStream(taskId), one)) return event;
  throw new UnavailableError(`Event ${revision} of the task can not be read now`);
}

import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { isTaskEventType, STATUS_AFTER } from '../../../shared/core/domain/events.js';
import { isFinal } from '../../../shared/core/domain/task.js';
import { answerHead } from '../http/answer.js';
import { intParameter, parametersOf, taskIdOf, type Parameters } from '../http/parameters.js';
import { checkTaken } from '../http/taken-parameters.js';
import type { QueryDeps } from '../query-deps.js';
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
    const seen = seenRevision(ctx.req, parameters);
    await hub.open(async () => {
      const last = await lastEvent(taskId, eventStore);
      if (last === undefined) throw taskNotFound();
      const { type, revision, position } = last;
      const after = seen ?? revision;
      if (after > revision) {
        throw new InvalidRequestError(`Event ${after} lies beyond the task's last, ${revision}: list again`);
      }
      const isLast = after === revision;
      const hasEnded = isTaskEventType(type) && isFinal(STATUS_AFTER[type]);
      if (hasEnded && isLast) return void answerHead(ctx, 204);
      if (ctx.method === 'HEAD') return void answerHead(ctx, 200, STREAM_HEADERS);
      ctx.respond = false;
      const response = ctx.res;
      const shown = { taskId, after, position: isLast ? position : undefined, matches };
      return {
        response,
        make: (parts) => new MessageReader({ ...shown, response, eventStore, crypto }, parts),
      };
    });
  };
}

/** The revision that a client has seen everything up to; the header, which an `EventSource` sends, wins. */
function seenRevision({ headers }: IncomingMessage, parameters: Parameters): number | undefined {
  const header = headers['last-event-id'];
  const isSaid = typeof header === 'string' && header !== '';
  const [name, given] = isSaid ? [SEEN_HEADER, { [SEEN_HEADER]: header }] : ['after', parameters];
  return intParameter(given, name, "the revision of one of the task's events, or 0 for its beginning", 0);
}

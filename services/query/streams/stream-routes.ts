import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { taskStream } from '../../../shared/core/application/streams.js';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { STREAM_INCLUDES } from '../../../shared/core/contracts/task-fields.js';
import { isFinal } from '../../../shared/core/domain/task.js';
import { answerHead } from '../http/answer.js';
import { parametersOf, single, taskIdOf, type Parameters } from '../http/parameters.js';
import { checkTaken } from '../http/taken-parameters.js';
import { timesOf } from '../http/times.js';
import type { QueryDeps } from '../query-deps.js';
import { STREAM_FILTER_PARAMETERS } from '../tasks/task-filter-parameters.js';
import type { TaskFilters } from '../tasks/task-filters.js';
import { includesOf } from '../tasks/task-includes.js';
import { taskNotFound } from '../tasks/task-routes.js';
import { BEFORE_ALL } from './change-ring.js';
import { markedPlace, placeAndMark, type LedgerPlace } from './place-mark.js';
import { StreamChange } from './stream-change.js';
import { STREAM_HEADERS } from './stream-connection.js';
import type { NewReader, StreamHub } from './stream-hub.js';

const TAKEN_BY_STREAM = [...STREAM_FILTER_PARAMETERS, 'include', 'times', 'after'];

/** `GET /api/v1/tasks/stream`: what changes of the tasks that a filter lets through, as server-sent events. */
export function streamTasks({ eventStore }: QueryDeps, hub: StreamHub, filters: TaskFilters) {
  return async (ctx: Context): Promise<void> => {
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, TAKEN_BY_STREAM);
    const shown = {
      tasks: await filters.of(parameters),
      include: includesOf(parameters, STREAM_INCLUDES) ?? [],
      times: timesOf(parameters),
    };
    const seen = seenPlace(ctx.req, parameters, eventStore);
    await hub.open(async (now) => {
      await checkSeen(seen, now, hub, eventStore);
      const position = seen?.position ?? now;
      return reading(ctx, { shown, position, id: await hub.places.id(position) });
    });
  };
}

/**
 * `GET /api/v1/tasks/{id}/stream`: the present state of a task and then what changes of it, up to its end. A client that
 * comes back having seen the end gets 204, which keeps an `EventSource` from coming again.
 */
export function streamTask({ eventStore }: QueryDeps, hub: StreamHub) {
  return async (ctx: Context, id: string): Promise<void> => {
    const taskId = taskIdOf(id);
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, ['include', 'times', 'after']);
    const shown = {
      tasks: { taskId },
      include: includesOf(parameters, STREAM_INCLUDES) ?? [],
      times: timesOf(parameters),
    };
    const seen = seenPlace(ctx.req, parameters, eventStore);
    await hub.open(async (now) => {
      const last = await lastChange(taskId, eventStore);
      if (last === undefined) throw taskNotFound();
      await checkSeen(seen, now, hub, eventStore);
      const isNew = seen === undefined || last.position > seen.position;
      if (!isNew && isFinal(last.after.status)) return void answerHead(ctx, 204);
      const position = last.position > now ? last.position : now;
      const id = await hub.places.id(position);
      return reading(ctx, { shown, position, id, present: isNew ? last : undefined });
    });
  };
}

type Ledger = QueryDeps['eventStore'];

/** A reader with this request's answer; none when only the head was asked for. */
function reading(ctx: Context, reader: Omit<NewReader, 'response'>): NewReader | undefined {
  if (ctx.method === 'HEAD') return void answerHead(ctx, 200, STREAM_HEADERS);
  ctx.respond = false;
  return { ...reader, response: ctx.res };
}

/** The place that a client has seen everything up to; the header, which an `EventSource` sends, wins. */
function seenPlace(
  { headers }: IncomingMessage,
  parameters: Parameters,
  ledger: Ledger,
): LedgerPlace | undefined {
  const header = headers['last-event-id'];
  const [name, text] =
    typeof header === 'string' && header !== ''
      ? (['Last-Event-ID', header] as const)
      : (['after', single(parameters, 'after')] as const);
  if (text === undefined) return undefined;
  const [position, mark] = placeAndMark(text);
  if (text === BEFORE_ALL || ledger.isPosition(position)) return { position, mark };
  throw new InvalidRequestError(
    `${name} must be a position of this ledger, as the id of an event or the Taskledger-Position of a list gives it, ` +
      `or ${BEFORE_ALL} for its beginning`,
  );
}

/** Refuses a place of another ledger, where that can be told: its reader would miss what is between, or hear nothing. */
async function checkSeen(
  seen: LedgerPlace | undefined,
  now: string,
  { places }: StreamHub,
  ledger: Ledger,
): Promise<void> {
  if (seen === undefined) return;
  const { position, mark } = seen;
  if (position > now && (ledger.capabilities.countEvents?.(await ledger.lastPosition(), position) ?? 0) > 0)
    throw new InvalidRequestError(
      `Position ${position} lies beyond the end of this ledger: begin with the list again`,
    );
  if (!(await places.has(seen)))
    throw new InvalidRequestError(
      `${markedPlace(position, mark)} is of another ledger than this one: begin with the list again`,
    );
}

/** A task's state and where the ledger has it; `undefined` when there is no such task. */
async function lastChange(taskId: number, ledger: Ledger): Promise<StreamChange | undefined> {
  const options = { direction: 'backwards', limit: 1 } as const;
  for await (const event of ledger.readStream(taskStream(taskId), options)) return StreamChange.of(event);
  return undefined;
}

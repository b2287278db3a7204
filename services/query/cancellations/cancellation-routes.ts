import type { Context } from 'koa';
import type {
  BulkCancelRecords,
  LoadedBulkCancel,
} from '../../../shared/core/application/bulk-cancel-records.js';
import { tasksAtPosition } from '../../../shared/core/application/tasks-at-position.js';
import { InvalidRequestError, UnavailableError } from '../../../shared/core/contracts/errors.js';
import { bulkCancelIdField } from '../../../shared/core/contracts/messages.js';
import type { TimeForm } from '../../../shared/core/contracts/time.js';
import { canonicalJson, type JsonObject } from '../../../shared/core/domain/json.js';
import { BULK_CANCEL_TASKS_MAX } from '../../../shared/core/domain/limits.js';
import type { CommandClient } from '../command-client.js';
import { answerJson } from '../http/answer.js';
import { askedContext } from '../http/asked-context.js';
import { locationOf, nextLink } from '../http/base-path.js';
import { refusedCommand, HttpError } from '../http/http-errors.js';
import { idempotencyKeyOf } from '../http/idempotency-key.js';
import { jsonBody, optionalJsonBody } from '../http/json-body.js';
import { requireMediaType } from '../http/media-type.js';
import { intParameter, parametersOf, single } from '../http/parameters.js';
import type { RequestIntake } from '../http/request-intake.js';
import { checkTaken } from '../http/taken-parameters.js';
import { timesOf } from '../http/times.js';
import type { QueryDeps } from '../query-deps.js';
import { requireWhole } from '../tasks/require-whole.js';
import type { TaskFilters } from '../tasks/task-filters.js';
import { openTasksFilter } from './cancellation-filter.js';
import { cursorOf, cursorPlace } from './cancellation-cursor.js';
import { cancellationJson, outcomesFrom } from './cancellation-json.js';
import { executeBodySchema, previewBodySchema, TASK_OUTCOMES } from './cancellation-schemas.js';

/** How many of its tasks a cancellation shows by itself. */
const TASKS_SHOWN = 100;

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1000;

/** How many previews a process makes at once: each holds up to 20,000 list items. */
const PREVIEWS_UNDER_WAY_MAX = 4;

/**
 * `POST /api/v1/cancellations`: the dry run of a bulk cancel. It finds exactly the tasks that are open and match at a
 * position of the ledger, puts them on record, and cancels nothing.
 */
export function previewCancellation(
  deps: QueryDeps,
  records: BulkCancelRecords,
  intake: RequestIntake,
  commands: CommandClient,
  filters: TaskFilters,
) {
  const { readModel, eventStore: store, projector, parkedTaskIds, newId, crypto } = deps;
  const documentsAt = (): string | undefined => projector.status().position;
  let underWay = 0;
  const find = async (filter: Parameters<typeof tasksAtPosition>[1], times: TimeForm) => {
    requireWhole(projector, 'The lists');
    if (underWay >= PREVIEWS_UNDER_WAY_MAX) throw new UnavailableError('Too many previews are under way');
    underWay++;
    try {
      return await tasksAtPosition(
        { readModel, store, documentsAt, parkedTaskIds },
        filter,
        BULK_CANCEL_TASKS_MAX,
        times,
      );
    } finally {
      underWay--;
    }
  };

  return async (ctx: Context): Promise<void> => {
    const times = timesOf(parametersOf(ctx.req));
    await intake.run(ctx.req, async (body) => {
      requireMediaType(ctx.req, 'application/json');
      const { filter, ...said } = jsonBody(ctx.req, body, previewBodySchema);
      const key = idempotencyKeyOf(ctx.req);
      const id = key === undefined ? newId() : uuidOf(crypto.sha256(`cancellation ${key}`));
      // What stands under the key already, be it made by the same request that came a moment before.
      const answerBefore = async (): Promise<boolean> => {
        const before = key === undefined ? undefined : await records.load(id);
        if (before === undefined) return false;
        checkSame(before.state.preview, filter, said.reason);
        requireWhole(projector, 'The tasks that it shows');
        const place = locationOf(ctx, `/api/v1/cancellations/${id}`);
        answerJson(ctx, 200, 'It was previewed before', await jsonOf(deps, before, times), place);
        return true;
      };
      if (await answerBefore()) return;
      const found = await find(await openTasksFilter(filter, filters), times);
      if (found === 'too_many') {
        throw new InvalidRequestError(
          `More than ${BULK_CANCEL_TASKS_MAX} open tasks match; narrow the filter, such as by created_before`,
        );
      }
      const { position = null, tasks } = found;
      const task_ids = tasks.map(({ taskId }) => taskId);
      const request = { id, filter, position, task_ids, ...said };
      const reply = await commands.previewBulkCancel(request, askedContext(ctx.req));
      if (!reply.ok && reply.error.code === 'cancellation_exists' && (await answerBefore())) return;
      if (!reply.ok) throw refusedCommand(reply.error);
      const items = tasks.slice(0, TASKS_SHOWN).map(({ itemJson }) => itemJson);
      const json = cancellationJson(await written(records, reply.id), items, nowOf(deps));
      answerJson(
        ctx,
        201,
        'Nothing is cancelled yet',
        json,
        locationOf(ctx, `/api/v1/cancellations/${reply.id}`),
      );
    });
  };
}

/** The preview that is asked for again must be the one that was made under the key. */
function checkSame(
  preview: LoadedBulkCancel['state']['preview'],
  filter: JsonObject,
  reason: string | undefined,
): void {
  // A reason that was erased can't be compared any more.
  const isSameReason = preview.reason === undefined || preview.reason === reason;
  const isSame = canonicalJson(preview.filter) === canonicalJson(filter) && isSameReason;
  if (!isSame)
    throw new HttpError(
      'cancellation_exists',
      'The Idempotency-Key stands for a cancellation with other data',
    );
}

/** A UUID made of a hash (RFC 9562, version 8). */
function uuidOf(hash: string): string {
  const hex = Buffer.from(hash, 'base64url').toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** `GET /api/v1/cancellations/{id}`: a cancellation and how far it has come. */
export function showCancellation(deps: QueryDeps, records: BulkCancelRecords) {
  return async (ctx: Context, id: string): Promise<void> => {
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, ['times']);
    const times = timesOf(parameters);
    const bulk = await existing(records, id);
    requireWhole(deps.projector, 'The tasks that it shows');
    answerJson(ctx, 200, 'success', await jsonOf(deps, bulk, times));
  };
}

/**
 * `POST /api/v1/cancellations/{id}/execute`: has exactly the tasks of the preview cancelled, as far as they are still
 * open. It is answered once that is on record. Sent again it has no second effect, and goes on where a process has died.
 */
export function executeCancellation(
  deps: QueryDeps,
  records: BulkCancelRecords,
  intake: RequestIntake,
  commands: CommandClient,
) {
  return async (ctx: Context, id: string): Promise<void> => {
    checkId(id);
    const times = timesOf(parametersOf(ctx.req));
    await intake.run(ctx.req, async (body) => {
      const said = optionalJsonBody(ctx.req, body, executeBodySchema);
      const reply = await commands.executeBulkCancel({ id, ...said }, askedContext(ctx.req));
      if (!reply.ok) throw refusedCommand(reply.error);
      const json = await jsonOf(deps, await written(records, id), times);
      answerJson(
        ctx,
        202,
        'On record, and being carried out',
        json,
        locationOf(ctx, `/api/v1/cancellations/${id}`),
      );
    });
  };
}

/**
 * `POST /api/v1/cancellations/{id}/abort`: no more of its tasks are cancelled. A preview that was aborted is never executed; one
 * that is under way stops before its next task, and what is done stays done. Sent again it has no second effect.
 */
export function abortCancellation(
  deps: QueryDeps,
  records: BulkCancelRecords,
  intake: RequestIntake,
  commands: CommandClient,
) {
  return async (ctx: Context, id: string): Promise<void> => {
    checkId(id);
    const times = timesOf(parametersOf(ctx.req));
    await intake.run(ctx.req, async (body) => {
      const said = optionalJsonBody(ctx.req, body, executeBodySchema);
      const reply = await commands.abortBulkCancel({ id, ...said }, askedContext(ctx.req));
      if (!reply.ok) throw refusedCommand(reply.error);
      answerJson(ctx, 200, 'Aborted', await jsonOf(deps, await written(records, id), times));
    });
  };
}

/** `GET /api/v1/cancellations/{id}/tasks`: what became of each task, in the order of the preview. */
export function listCancellationTasks(records: BulkCancelRecords) {
  return async (ctx: Context, id: string): Promise<void> => {
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, ['outcome', 'times', 'limit', 'cursor']);
    timesOf(parameters);
    const limit =
      intParameter(parameters, 'limit', `an int from 1 to ${LIMIT_MAX}`, 1, LIMIT_MAX) ?? LIMIT_DEFAULT;
    const outcome = outcomeParameter(single(parameters, 'outcome'));
    const from = cursorPlace(single(parameters, 'cursor')) ?? 0;

    const { state } = await existing(records, id);
    const { outcomes, next } = outcomesFrom(state, from, limit, outcome);
    const headers: string[] = [];
    if (next !== undefined) {
      const query = `${outcome === undefined ? '' : `outcome=${outcome}&`}limit=${limit}&cursor=${cursorOf(next)}`;
      headers.push(...nextLink(ctx, `/api/v1/cancellations/${id}/tasks?${query}`));
    }
    answerJson(ctx, 200, 'success', JSON.stringify(outcomes), headers);
  };
}

function checkId(id: string): void {
  if (!bulkCancelIdField.safeParse(id).success) throw notFound();
}

async function existing(records: BulkCancelRecords, id: string): Promise<LoadedBulkCancel> {
  checkId(id);
  const bulk = await records.load(id);
  if (bulk === undefined) throw notFound();
  return bulk;
}

/** One of which the command service has just said that it is on disk. */
async function written(records: BulkCancelRecords, id: string): Promise<LoadedBulkCancel> {
  const bulk = await records.load(id);
  if (bulk === undefined) throw new UnavailableError('It is recorded, but does not show yet');
  return bulk;
}

async function jsonOf(deps: QueryDeps, bulk: LoadedBulkCancel, times: TimeForm): Promise<string> {
  const shown = bulk.state.preview.task_ids.slice(0, TASKS_SHOWN);
  return cancellationJson(bulk, await deps.readModel.itemsOf(shown, times), nowOf(deps));
}

function nowOf({ clock }: QueryDeps): string {
  return new Date(clock.nowMs()).toISOString();
}

function notFound(): HttpError {
  return new HttpError('cancellation_not_found', 'Cancellation not found');
}

function outcomeParameter(text: string | undefined): (typeof TASK_OUTCOMES)[number] | undefined {
  if (text === undefined) return undefined;
  const outcome = TASK_OUTCOMES.find((known) => known === text);
  if (outcome === undefined)
    throw new InvalidRequestError(`outcome must be one of ${TASK_OUTCOMES.join(', ')}`);
  return outcome;
}

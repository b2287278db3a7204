import { stringify } from 'node:querystring';
import type { Context } from 'koa';
import {
  DETAIL_INCLUDES,
  LIST_INCLUDES,
  LOOKED_UP_INCLUDES,
} from '../../../shared/core/contracts/task-fields.js';
import { taskDetailJson, withIncludes } from '../../../shared/core/contracts/task-json.js';
import type { ListOrder } from '../../../shared/core/ports/list-order.js';
import type { ListCursor } from '../../../shared/core/ports/read-model.js';
import { asOf, requireKept, requireStillKept } from '../as-of/past-moments.js';
import { pastTask } from '../as-of/past-task.js';
import type { TimeForm } from '../../../shared/core/contracts/time.js';
import { answerJson } from '../http/answer.js';
import { nextLink } from '../http/base-path.js';
import { HttpError } from '../http/http-errors.js';
import { intParameter, parametersOf, single, taskIdOf, type Parameters } from '../http/parameters.js';
import { AS_OF, checkTaken } from '../http/taken-parameters.js';
import { timesOf } from '../http/times.js';
import type { QueryDeps } from '../query-deps.js';
import { freshness, pastness } from '../http/freshness.js';
import { itemsWithHeardAt, withHeardAt } from './heard-at.js';
import { orderOf } from './list-order.js';
import { cursorText, parseCursor } from './list-cursor.js';
import { LEDGER_INCLUDES, withLedgerIncludes } from './ledger-includes.js';
import { requireWhole } from './require-whole.js';
import { SEARCH, searchedWords } from './search-words.js';
import { FAMILY_INCLUDES, withFamily } from './task-family.js';
import { TASK_FILTER_PARAMETERS } from './task-filter-parameters.js';
import type { TaskFilters } from './task-filters.js';
import { includesOf } from './task-includes.js';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 1000;

const TAKEN_BY_LIST = [
  ...TASK_FILTER_PARAMETERS,
  ...[SEARCH, 'include', 'times', 'order', 'limit', 'cursor', AS_OF],
];
/** Filters are unknown there, and ignored as the contract has it. */
const TAKEN_BY_DETAIL = [...TASK_FILTER_PARAMETERS, SEARCH, 'include', 'times', AS_OF];

/** What can be asked for in a list beside the contract's members, in the order in which it follows them. */
export const LIST_MEMBERS = [...LIST_INCLUDES, ...LOOKED_UP_INCLUDES] as const;

/** The same for a detail. */
export const DETAIL_MEMBERS = [
  ...DETAIL_INCLUDES,
  ...LOOKED_UP_INCLUDES,
  ...LEDGER_INCLUDES,
  ...FAMILY_INCLUDES,
] as const;

/**
 * `GET /api/v1/tasks`: some tasks, newest first or in another order, and where the next ones are; as they are, or as they were at a
 * moment.
 */
export function listTasks(deps: QueryDeps, filters: TaskFilters) {
  const { readModel, projector, versions, eventStore, crypto, heard } = deps;
  return async (ctx: Context): Promise<void> => {
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, TAKEN_BY_LIST);
    const filter = { ...(await filters.of(parameters)), ...searchedWords(parameters) };
    const limit =
      intParameter(parameters, 'limit', `an int from 1 to ${LIMIT_MAX}`, 1, LIMIT_MAX) ?? LIMIT_DEFAULT;
    const cursor = single(parameters, 'cursor');
    const include = includesOf(parameters, LIST_MEMBERS);
    const times = timesOf(parameters);
    const order = orderOf(parameters);

    requireWhole(projector, 'The lists');
    const progress = projector.status();
    const after = cursor === undefined ? undefined : parseCursor(cursor, order);
    const moment = await asOf(deps, parameters);
    if (moment === undefined) {
      const ofDocument = include && LIST_INCLUDES.filter((name) => include.includes(name));
      const page = await readModel.list(filter, limit, after, ofDocument, times, order);
      const looksUp = LOOKED_UP_INCLUDES.some((name) => include?.includes(name));
      const items = looksUp
        ? await itemsWithHeardAt(page.items, { eventStore, crypto, heard }, readModel, times)
        : page.items;
      const next = page.next && nextQuery(parameters, page.next, order);
      answerPage(ctx, items, freshness(progress), next);
      return;
    }
    await requireKept(deps, AS_OF, moment);
    const { position } = moment;
    const ofVersion = includesOf(parameters, LIST_INCLUDES);
    const request = { filter, limit, cursor: after, include: ofVersion, times, order };
    const page = await versions.list(position, request);
    await requireStillKept(deps, AS_OF, moment);
    // All pages are of the same position, whatever time was asked for.
    const next = page.next && nextQuery({ ...parameters, [AS_OF]: position }, page.next, order);
    answerPage(ctx, page.items, pastness(moment), next);
  };
}

function answerPage(
  ctx: Context,
  items: readonly string[],
  headers: string[],
  next: string | undefined,
): void {
  if (next !== undefined) headers.push(...nextLink(ctx, `/api/v1/tasks?${next}`));
  answerJson(ctx, 200, 'success', `[${items.join(',')}]`, headers);
}

/**
 * `GET /api/v1/tasks/{id}`: one task with all that the contract shows of it. One that the projector has not brought yet is
 * fetched from the ledger, so that a creation that was answered is never not found; and so is every one while the documents
 * are being built. What is asked for of its attempts and its cancel comes from the ledger,
 * and the tasks that name it from the lists. As of a moment it is shown as it was then, without these.
 */
export function showTask(deps: QueryDeps) {
  const { readModel, projector, refreshTask, eventStore, crypto, heard } = deps;
  return async (ctx: Context, id: string): Promise<void> => {
    const taskId = taskIdOf(id);
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, TAKEN_BY_DETAIL);
    const times = timesOf(parameters);
    if (parameters[AS_OF] !== undefined) return showPastTask(ctx, deps, taskId, parameters, times);
    const include = includesOf(parameters, DETAIL_MEMBERS) ?? [];
    if (FAMILY_INCLUDES.some((name) => include.includes(name))) requireWhole(projector, 'The lists');
    let task = projector.status().rebuilding === true ? undefined : await readModel.get(taskId);
    if (task === undefined) {
      await refreshTask(taskId);
      task = await readModel.get(taskId);
    }
    if (task === undefined) throw taskNotFound();
    const ofDocument = DETAIL_INCLUDES.filter((name) => include.includes(name));
    const detail = withIncludes(taskDetailJson(task, times), ofDocument, task, times);
    const alive = await withHeardAt(detail, include, { eventStore, crypto, heard }, task, times);
    const told = await withLedgerIncludes(alive, include, { eventStore, crypto }, taskId);
    const whole = await withFamily(told, include, readModel, task, times);
    answerJson(ctx, 200, 'success', whole);
  };
}

async function showPastTask(
  ctx: Context,
  deps: QueryDeps,
  taskId: number,
  parameters: Parameters,
  times: TimeForm,
): Promise<void> {
  const include = includesOf(parameters, DETAIL_INCLUDES) ?? [];
  const moment = await asOf(deps, parameters);
  const task = moment && (await pastTask(deps, taskId, moment));
  if (moment === undefined || task === undefined) throw taskNotFound();
  const detail = withIncludes(taskDetailJson(task, times), include, task, times);
  answerJson(ctx, 200, 'success', detail, pastness(moment));
}

/** What is said of a task that there is not. */
export function taskNotFound(): HttpError {
  return new HttpError('task_not_found', 'Task not found');
}

/** The parameters of the next page: the same, and where it starts. */
function nextQuery(parameters: Parameters, next: ListCursor, order: ListOrder): string {
  const cursor = cursorText(next, order);
  const { cursor: _, ...others } = parameters;
  const kept = stringify(others);
  return kept === '' ? `cursor=${cursor}` : `${kept}&cursor=${cursor}`;
}

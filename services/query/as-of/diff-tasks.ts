import type { Context } from 'koa';
import { stringify } from 'node:querystring';
import { TASK_STREAM_PREFIX, taskIdOfStream } from '../../../shared/core/application/streams.js';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { STREAM_INCLUDES, type StreamInclude } from '../../../shared/core/contracts/task-fields.js';
import { itemInTimes, withIncludes } from '../../../shared/core/contracts/task-json.js';
import type { TimeForm } from '../../../shared/core/contracts/time.js';
import { isFinal } from '../../../shared/core/domain/task.js';
import { ORDER_DEFAULT } from '../../../shared/core/ports/list-order.js';
import type { TaskFilter } from '../../../shared/core/ports/task-filter.js';
import { wasListed, type TaskState } from '../../../shared/core/ports/task-versions.js';
import { answerJson } from '../http/answer.js';
import { nextLink } from '../http/base-path.js';
import { intParameter, parametersOf, single, type Parameters } from '../http/parameters.js';
import { checkTaken } from '../http/taken-parameters.js';
import { timesOf } from '../http/times.js';
import type { QueryDeps } from '../query-deps.js';
import { pastness } from '../http/freshness.js';
import { TASK_FILTER_PARAMETERS } from '../tasks/task-filter-parameters.js';
import type { TaskFilters } from '../tasks/task-filters.js';
import { includesOf } from '../tasks/task-includes.js';
import type { DIFFERENCES } from './diff-schema.js';
import { momentOf, requireKept, requireStillKept, type MomentDeps, type PastMoment } from './past-moments.js';

/** How many differences are shown. */
export const DIFF_LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;

/** How many events are looked at for one page, and how many at once: of more a page is left short. */
const EVENTS_MAX = 5_000;
const EVENTS_AT_ONCE = 500;

/** Between what, in which form. */
interface DiffQuery {
  from: PastMoment;
  to: PastMoment;
  filter: TaskFilter;
  include: readonly StreamInclude[];
  times: TimeForm;
  limit: number;
}

type DiffDeps = MomentDeps & Pick<QueryDeps, 'eventStore' | 'versions'>;

/**
 * `GET /api/v1/tasks/diff`: which tasks appeared, ended or otherwise changed between two moments, in the order in which anything
 * first happened to them. By the events that there were in between, so that it takes as long whatever the number of tasks.
 */
export function diffTasks(deps: DiffDeps, filters: Pick<TaskFilters, 'of'>) {
  return async (ctx: Context): Promise<void> => {
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, [...TASK_FILTER_PARAMETERS, 'from', 'to', 'include', 'times', 'limit', 'cursor']);
    const filter = await filters.of(parameters);
    const limit =
      intParameter(parameters, 'limit', `an int from 1 to ${LIMIT_MAX}`, 1, LIMIT_MAX) ?? DIFF_LIMIT_DEFAULT;
    const include = includesOf(parameters, STREAM_INCLUDES) ?? [];
    const times = timesOf(parameters);
    const [from, to] = [await momentOf(deps, parameters, 'from'), await momentOf(deps, parameters, 'to')];
    if (from === undefined || to === undefined)
      throw new InvalidRequestError('from and to must both be given: two times, or two positions');
    if (from.position > to.position) throw new InvalidRequestError('from must not be after to');
    const after = cursorOf(deps, parameters, { from, to });
    await requireKept(deps, 'from', from);
    const { items, next } = await pageAfter(deps, { from, to, filter, include, times, limit }, after);
    await requireStillKept(deps, 'from', from);

    const headers = pastness(to);
    if (next !== undefined) {
      const { cursor: _, ...others } = parameters;
      const query = { ...others, ...(from.position !== '' && { from: from.position }), to: to.position };
      headers.push(...nextLink(ctx, `/api/v1/tasks/diff?${stringify({ ...query, cursor: next })}`));
    }
    answerJson(ctx, 200, 'success', `[${items.join(',')}]`, headers);
  };
}

/** The position up to which the pages before have looked. */
function cursorOf(
  { eventStore }: DiffDeps,
  parameters: Parameters,
  { from, to }: Pick<DiffQuery, 'from' | 'to'>,
): string {
  const text = single(parameters, 'cursor');
  if (text === undefined) return from.position;
  if (eventStore.isPosition(text) && text >= from.position && text <= to.position) return text;
  throw new InvalidRequestError('cursor must be one that a Link header of this difference has given');
}

async function pageAfter(
  deps: DiffDeps,
  query: DiffQuery,
  after: string,
): Promise<{ items: string[]; next?: string }> {
  const items: string[] = [];
  let position = after;
  for (let looked = 0; looked < EVENTS_MAX;) {
    const events = await eventsAfter(deps, position, query.to.position);
    const taskIds = [...new Set(events.map(({ taskId }) => taskId))];
    const [before, now] = await Promise.all(
      [query.from, query.to].map((moment) => deps.versions.statesAt(taskIds, moment.position)),
    );
    for (const { taskId, revision, position: at } of events) {
      if (items.length === query.limit) return { items, next: position };
      position = at;
      const [was, is] = [before?.get(taskId), now?.get(taskId)];
      // Each task once: where the first of its events is that came after the first moment.
      if (is === undefined || revision !== (was?.revision ?? -1) + 1) continue;
      const item = differenceOf(was, is, query);
      if (item !== undefined) items.push(item);
    }
    looked += events.length;
    if (events.length < EVENTS_AT_ONCE) return { items };
  }
  return { items, next: position };
}

/** Some events of tasks after a position, up to another. */
async function eventsAfter({ eventStore }: DiffDeps, after: string, upTo: string) {
  const events: { taskId: number; revision: number; position: string }[] = [];
  const range = {
    ...(after !== '' && { fromPosition: after }),
    ...{ streamPrefix: TASK_STREAM_PREFIX, limit: EVENTS_AT_ONCE },
  };
  for await (const { stream, revision, position } of eventStore.readAll(range)) {
    if (position > upTo) break;
    events.push({ taskId: taskIdOfStream(stream), revision, position });
  }
  return events;
}

/** What is shown of a task; `undefined` where it was the same, or the filter let it through at neither moment. */
function differenceOf(
  was: TaskState | undefined,
  is: TaskState,
  { filter, include, times }: DiffQuery,
): string | undefined {
  const isWanted = [was, is].some(
    (state) => state !== undefined && wasListed(filter, ORDER_DEFAULT, state, () => '""'),
  );
  if (!isWanted) return undefined;
  if (
    was !== undefined &&
    was.itemJson === is.itemJson &&
    JSON.stringify(was.extras) === JSON.stringify(is.extras)
  )
    return undefined;
  const shown = (state: TaskState): string =>
    withIncludes(itemInTimes(state.itemJson, state.extras, times), include, state, times);
  const difference = kindOf(was, is);
  return `{"id":${is.taskId},"difference":"${difference}","from":${was === undefined ? 'null' : shown(was)},"to":${shown(is)}}`;
}

function kindOf(was: TaskState | undefined, is: TaskState): (typeof DIFFERENCES)[number] {
  if (was === undefined) return 'appeared';
  return isFinal(is.status) && !isFinal(was.status) ? 'ended' : 'changed';
}

import type { Context } from 'koa';
import { asOf, requireKept, requireStillKept, type MomentDeps } from '../as-of/past-moments.js';
import { answerJson } from '../http/answer.js';
import { parametersOf } from '../http/parameters.js';
import { AS_OF, checkTaken } from '../http/taken-parameters.js';
import type { QueryDeps } from '../query-deps.js';
import { freshness, pastness } from '../http/freshness.js';
import { SEARCH, searchedWords } from './search-words.js';
import { requireWhole } from './require-whole.js';
import { TASK_FILTER_PARAMETERS } from './task-filter-parameters.js';
import type { TaskFilters } from './task-filters.js';

/** `GET /api/v1/tasks/count`: how many tasks a list with these filters has, as far as that is counted. */
export function countTasks(
  deps: Pick<QueryDeps, 'readModel'> & MomentDeps,
  filters: Pick<TaskFilters, 'of'>,
) {
  const { readModel, projector, versions } = deps;
  return async (ctx: Context): Promise<void> => {
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, [...TASK_FILTER_PARAMETERS, SEARCH, AS_OF]);
    const filter = { ...(await filters.of(parameters)), ...searchedWords(parameters) };

    requireWhole(projector, 'The lists');
    const progress = projector.status();
    const moment = await asOf(deps, parameters);
    if (moment !== undefined) await requireKept(deps, AS_OF, moment);
    const { count, exact } =
      moment === undefined ? await readModel.count(filter) : await versions.count(moment.position, filter);
    if (moment !== undefined) await requireStillKept(deps, AS_OF, moment);
    const headers = moment === undefined ? freshness(progress) : pastness(moment);
    answerJson(ctx, 200, 'success', JSON.stringify({ count, exact }), headers);
  };
}

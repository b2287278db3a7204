import type { Context } from 'koa';
import { answerJson } from '../http/answer.js';
import { parametersOf } from '../http/parameters.js';
import { checkTaken } from '../http/taken-parameters.js';
import type { QueryDeps } from '../query-deps.js';
import { freshness } from '../http/freshness.js';
import { SEARCH, searchedWords } from './search-words.js';
import { requireWhole } from './require-whole.js';
import { TASK_FILTER_PARAMETERS } from './task-filter-parameters.js';
import type { TaskFilters } from './task-filters.js';

/** `GET /api/v1/tasks/count`: how many tasks a list with these filters has, as far as that is counted. */
export function countTasks(
  { readModel, projector }: Pick<QueryDeps, 'readModel' | 'projector'>,
  filters: Pick<TaskFilters, 'of'>,
) {
  return async (ctx: Context): Promise<void> => {
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, [...TASK_FILTER_PARAMETERS, SEARCH]);
    const filter = { ...(await filters.of(parameters)), ...searchedWords(parameters) };

    requireWhole(projector, 'The lists');
    const progress = projector.status();
    const { count, exact } = await readModel.count(filter);
    answerJson(ctx, 200, 'success', JSON.stringify({ count, exact }), freshness(progress));
  };
}

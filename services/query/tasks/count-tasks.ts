import type { Context } from 'koa';
import { answerJson } from '../http/answer.js';
import { parametersOf } from '../http/parameters.js';
import { checkTaken } from '../http/taken-parameters.js';
import type { QueryDeps } from '../query-deps.js';
import { freshness } from './freshness.js';
import { requireWhole } from './require-whole.js';
import { TASK_FILTER_PARAMETERS, taskFilterOf } from './task-filter-parameters.js';

/** `GET /api/v1/tasks/count`: how many tasks a list with these filters has, as far as that is counted. */
export function countTasks({ readModel, projector, settings }: QueryDeps) {
  return async (ctx: Context): Promise<void> => {
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, TASK_FILTER_PARAMETERS);
    const filter = taskFilterOf(parameters, settings.taskTypes);

    requireWhole(projector, 'The lists');
    const progress = projector.status();
    const { count, exact } = await readModel.count(filter);
    answerJson(ctx, 200, 'success', JSON.stringify({ count, exact }), freshness(progress));
  };
}

import { SERIES_BUCKETS_MAX } from '../../../shared/core/ports/task-series.js';
import { ERROR_FILTERS, ERROR_KEY_SHAPE, ERRORS_LIMIT_DEFAULT } from '../errors/error-parameters.js';
import { errorsSchema } from '../errors/errors-schema.js';
import type { FilterParameter } from '../tasks/filter-kinds.js';
import { limitParameter, parameter, TIMES } from './parameters.js';
import { answer, freshnessHeaders, operation } from './parts.js';
import { READ } from './refusals.js';

const listErrors = operation(
  'tasks',
  [
    'Show with which errors tasks failed',
    `By error, those of the most tasks first, in at most ${SERIES_BUCKETS_MAX} hours of UTC: from the one that \`from\` is in on, those that begin before \`to\`.`,
  ],
  {
    parameters: [
      ...Object.entries<FilterParameter>(ERROR_FILTERS).map(([name, { json, description, style }]) =>
        parameter('query', name, json, description, style),
      ),
      parameter('query', 'error_key', { type: 'string', ...ERROR_KEY_SHAPE }, 'Only this error'),
      TIMES,
      limitParameter(ERRORS_LIMIT_DEFAULT),
    ],
    responses: { 200: { ...answer('The errors', errorsSchema), headers: freshnessHeaders }, ...READ },
  },
);

/** The errors of tasks. */
export const errorOperations = { listErrors };

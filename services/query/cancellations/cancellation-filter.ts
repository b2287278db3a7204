import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import type { TaskStatus } from '../../../shared/core/domain/task.js';
import type { TaskFilter } from '../../../shared/core/ports/task-filter.js';
import type { Parameters } from '../http/parameters.js';
import { TASK_FILTER_PARAMETERS } from '../tasks/task-filter-parameters.js';
import type { TaskFilters } from '../tasks/task-filters.js';
import type { CancellationFilter } from './cancellation-schemas.js';

const OPEN: readonly TaskStatus[] = ['pending', 'running'];
const OTHERS = TASK_FILTER_PARAMETERS.filter((name) => name !== 'status');

/**
 * The tasks that a bulk cancel's filter names: its members mean what the parameters of a list mean, and only open tasks
 * are ever taken.
 *
 * @throws InvalidRequestError for a wrong value; for a filter that leaves no open task; and for one that leaves no open
 *   task out, such as `{}` or `{"status":"!completed"}`: to cancel everything there is has to be said in another way.
 */
export async function openTasksFilter(said: CancellationFilter, filters: TaskFilters): Promise<TaskFilter> {
  const parameters = Object.entries(said).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(String) : String(value),
  ]);
  const filter = await filters.of(Object.fromEntries(parameters) as Parameters);
  const { statuses: asked = OPEN, ...others } = filter;
  const statuses = OPEN.filter((status) => asked.includes(status));
  if (statuses.length === 0) {
    throw new InvalidRequestError(
      `filter.status leaves no task that can be cancelled: it must let ${OPEN.join(' or ')} through`,
    );
  }
  if (statuses.length === OPEN.length && Object.keys(others).length === 0) {
    throw new InvalidRequestError(
      `filter must leave some open tasks out: name a ${OTHERS.join(', ')}, or one status of ${OPEN.join(' and ')}`,
    );
  }
  return { ...filter, statuses };
}

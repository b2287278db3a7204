import {
  ANY_TASK_TYPE,
  DEFAULT_TASK_TYPES,
  isProjectName,
  isTaskKey,
  isTaskType,
  PROJECT_NAME_ALLOWED,
  PROJECT_NAME_SHAPE,
  projectIdField,
  TASK_KEY_SHAPE,
  TASK_TYPE_ALLOWED,
  TASK_TYPE_SHAPE,
} from '../../../shared/core/contracts/fields.js';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { utf8Length } from '../../../shared/core/contracts/utf8.js';
import { TASK_KEY_BYTES_MAX } from '../../../shared/core/domain/limits.js';
import { TASK_STATUSES, type TaskStatus } from '../../../shared/core/domain/task.js';
import { KEY_PREFIX_LEVELS_MAX } from '../../../shared/core/ports/key-paths.js';
import type { TaskFilter } from '../../../shared/core/ports/task-filter.js';
import type { Parameters } from '../http/parameters.js';
import {
  choiceFilter,
  intFilter,
  oneOrMoreOf,
  secondFilter,
  textFilter,
  type AllowedValues,
  type FilterNames,
  type FilterParameter,
} from './filter-kinds.js';

const STATUS = `!?(?:${TASK_STATUSES.join('|')})`;
const KEY = { type: 'string', ...TASK_KEY_SHAPE };

/** The parameters that say which tasks: of lists, of streams, and as members of a body of bulk cancels. */
export const TASK_FILTERS = {
  project_id: intFilter('Only tasks of this project', projectIdField, (projectId) => ({ projectId })),
  project: textFilter(
    'Only tasks of the project with this name; instead of project_id',
    { type: 'string', ...PROJECT_NAME_SHAPE },
    isProjectName,
    PROJECT_NAME_ALLOWED,
    (name, names) => ({ projectId: projectIdOf(name, names) }),
  ),
  status: choiceFilter(
    'Only tasks in these states',
    {
      value: { enum: [...TASK_STATUSES, ...TASK_STATUSES.map((status) => `!${status}`)] },
      text: { pattern: `^${STATUS}(?:,${STATUS})*$` },
    },
    () => oneOrMoreOf(TASK_STATUSES),
    ({ plain, negated }) => ({
      statuses: without(plain.length > 0 ? plain : TASK_STATUSES, negated) as TaskStatus[],
    }),
  ),
  task_type: choiceFilter(
    'Only tasks of these types',
    // Which there are is set up for each server.
    {
      value: { pattern: TASK_TYPE_SHAPE.pattern.replace('^', '^!?'), examples: [...DEFAULT_TASK_TYPES] },
      text: { examples: [...DEFAULT_TASK_TYPES] },
    },
    allowedTypes,
    // Tasks can be of types that are not set up any more, so what is left when some are taken away can't be named here.
    ({ plain, negated }) =>
      plain.length === 0 ? { notTaskTypes: negated } : { taskTypes: without(plain, negated) },
  ),
  created_after: secondFilter('Only tasks created at this second or later', (createdAfter) => ({
    createdAfter,
  })),
  created_before: secondFilter('Only tasks created before this second', (createdBefore) => ({
    createdBefore,
  })),
  key: textFilter(
    'Only the task with this key',
    KEY,
    isTaskKey,
    `1 to ${TASK_KEY_BYTES_MAX} bytes with at least one character that is no digit`,
    (key) => ({ key }),
  ),
  key_prefix: textFilter(
    `Only tasks with a key that begins with these segments of a path: ${KEY_PREFIX_LEVELS_MAX} at most, each with a / after it`,
    { ...KEY, pattern: `^(?:[^/]*/){1,${KEY_PREFIX_LEVELS_MAX}}$`, example: 'crawl/2025-03-12/' },
    isKeyPrefix,
    `1 to ${KEY_PREFIX_LEVELS_MAX} whole segments of a path, each with a / after it, such as crawl/2025-03-12/ ` +
      `(${TASK_KEY_BYTES_MAX} bytes at most)`,
    (keyPrefix) => ({ keyPrefix }),
  ),
  ended_after: secondFilter('Only tasks that ended at this second or later', (endedAfter) => ({
    endedAfter,
  })),
  ended_before: secondFilter('Only tasks that ended before this second', (endedBefore) => ({ endedBefore })),
  started_after: secondFilter('Only tasks first started at this second or later', (startedAfter) => ({
    startedAfter,
  })),
  started_before: secondFilter('Only tasks first started before this second', (startedBefore) => ({
    startedBefore,
  })),
  due_before: secondFilter('Only tasks that are due before this second', (dueBefore) => ({ dueBefore })),
} satisfies Record<string, FilterParameter>;

/** The name of one. */
export type TaskFilterParameter = keyof typeof TASK_FILTERS;

/** Their names. */
export const TASK_FILTER_PARAMETERS = Object.keys(TASK_FILTERS) as TaskFilterParameter[];

/** A value for each of them, under its name. */
export function ofEachFilter<Value>(
  value: (parameter: FilterParameter) => Value,
): Record<TaskFilterParameter, Value> {
  const values = Object.entries(TASK_FILTERS).map(([name, parameter]) => [name, value(parameter)]);
  return Object.fromEntries(values) as Record<TaskFilterParameter, Value>;
}

/**
 * The filter that these parameters name. Unknown parameters are ignored.
 *
 * @throws InvalidRequestError that names the parameter and what is allowed.
 */
export function taskFilterOf(parameters: Parameters, names: FilterNames): TaskFilter {
  const filter: TaskFilter = {};
  if (parameters.project !== undefined && parameters.project_id !== undefined)
    throw new InvalidRequestError('project must be left out where project_id is given');
  for (const name of TASK_FILTER_PARAMETERS) {
    if (parameters[name] === undefined) continue;
    Object.assign(filter, TASK_FILTERS[name].read(parameters, name, names));
  }
  return filter;
}

function projectIdOf(name: string, names: FilterNames): number {
  const projectId = names.projectId(name);
  if (projectId !== undefined) return projectId;
  const named = JSON.stringify(name);
  throw new InvalidRequestError(
    `project must be the name of a project that there is; none is named ${named}`,
  );
}

function allowedTypes(taskTypes: readonly string[]): AllowedValues {
  if (!taskTypes.includes(ANY_TASK_TYPE)) return oneOrMoreOf(taskTypes);
  return { allows: isTaskType, text: `one or more types, each of ${TASK_TYPE_ALLOWED}` };
}

function isKeyPrefix(text: string): boolean {
  if (!text.endsWith('/') || utf8Length(text) > TASK_KEY_BYTES_MAX) return false;
  return text.split('/').length - 1 <= KEY_PREFIX_LEVELS_MAX;
}

function without(values: readonly string[], taken: readonly string[]): string[] {
  return values.filter((value) => !taken.includes(value));
}

import {
  ANY_TASK_TYPE,
  DEFAULT_TASK_TYPES,
  isProjectName,
  isTaskKey,
  isTaskName,
  isTaskType,
  PROJECT_NAME_ALLOWED,
  PROJECT_NAME_SHAPE,
  projectIdField,
  TASK_KEY_SHAPE,
  TASK_NAME_ALLOWED,
  TASK_NAME_SHAPE,
  TASK_TYPE_ALLOWED,
  TASK_TYPE_SHAPE,
} from '../../../shared/core/contracts/fields.js';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { isLabel, LABEL_SHAPE, LABELS_MAX } from '../../../shared/core/contracts/labels.js';
import {
  ERROR_TYPE_CHARACTERS_MAX,
  WORKER_CHARACTERS_MAX,
} from '../../../shared/core/contracts/lifecycle-data.js';
import { utf8Length } from '../../../shared/core/contracts/utf8.js';
import { TASK_KEY_BYTES_MAX } from '../../../shared/core/domain/limits.js';
import { TASK_STATUSES, type TaskStatus } from '../../../shared/core/domain/task.js';
import { KEY_PREFIX_LEVELS_MAX } from '../../../shared/core/ports/key-paths.js';
import type { TaskFilter } from '../../../shared/core/ports/task-filter.js';
import type { Parameters } from '../http/parameters.js';
import {
  choiceFilter,
  flagFilter,
  IDS_MAX,
  idsFilter,
  intFilter,
  oneOrMoreOf,
  secondFilter,
  textFilter,
  textsFilter,
  type AllowedValues,
  type FilterNames,
  type FilterParameter,
  type SeveralTexts,
} from './filter-kinds.js';

const STATUS = `!?(?:${TASK_STATUSES.join('|')})`;
const KEY = { type: 'string', ...TASK_KEY_SHAPE };
const TASK_NAME = { type: 'string', ...TASK_NAME_SHAPE };
/** How many values of a worker or a type of error are alternatives at most. */
const ALTERNATIVES_MAX = 100;

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
  id: idsFilter('Only the tasks with these ids', (taskIds) => ({ taskIds })),
  label: textsFilter(
    'Only tasks with this label, given as name:value; repeated: with all of them',
    {
      json: { type: 'string', ...LABEL_SHAPE, example: 'team:search' },
      allows: isLabel,
      allowed: 'a label as name:value, such as team:search',
      countMax: LABELS_MAX,
    },
    (labels) => ({ labels }),
  ),
  parent: textFilter(
    'Only tasks that are a part of this one, which is named by its id or its key',
    TASK_NAME,
    isTaskName,
    TASK_NAME_ALLOWED,
    (name, names) => ({ parents: names.taskNames(name) }),
  ),
  root: textFilter(
    `Only this task and all below it, the parts of its parts too: ${IDS_MAX} of them at most`,
    TASK_NAME,
    isTaskName,
    TASK_NAME_ALLOWED,
    (name, names) => ({ taskIds: names.family(name) }),
  ),
  retry_of: textFilter(
    'Only tasks that try this one again, which is named by its id or its key',
    TASK_NAME,
    isTaskName,
    TASK_NAME_ALLOWED,
    (name, names) => ({ retryOf: names.taskNames(name) }),
  ),
  worker: textsFilter(
    'Only tasks that this worker runs or ran last; repeated: one of these',
    namesOf(WORKER_CHARACTERS_MAX),
    (workers) => ({ workers }),
  ),
  error_type: textsFilter(
    'Only tasks whose last attempt ended with an error of this type; repeated: one of these',
    namesOf(ERROR_TYPE_CHARACTERS_MAX),
    (errorTypes) => ({ errorTypes }),
  ),
  silent: flagFilter(
    'Only tasks that run and are not heard of any more, against the promise of their publisher',
    { silent: true },
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

/** Those that a single change of a task answers: which tasks are below another is not among them. */
export const STREAM_FILTER_PARAMETERS = TASK_FILTER_PARAMETERS.filter((name) => name !== 'root');

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
    const { taskIds } = filter;
    Object.assign(filter, TASK_FILTERS[name].read(parameters, name, names));
    if (taskIds !== undefined) filter.taskIds = taskIds.filter((id) => filter.taskIds?.includes(id));
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

function namesOf(charactersMax: number): SeveralTexts {
  return {
    json: { type: 'string', minLength: 1, maxLength: charactersMax },
    allows: (text) => text !== '' && text.length <= charactersMax,
    allowed: `a text of 1 to ${charactersMax} characters`,
    countMax: ALTERNATIVES_MAX,
  };
}

function isKeyPrefix(text: string): boolean {
  if (!text.endsWith('/') || utf8Length(text) > TASK_KEY_BYTES_MAX) return false;
  return text.split('/').length - 1 <= KEY_PREFIX_LEVELS_MAX;
}

function without(values: readonly string[], taken: readonly string[]): string[] {
  return values.filter((value) => !taken.includes(value));
}

import { z } from 'zod';
import { STREAM_INCLUDES } from '../../../shared/core/contracts/task-fields.js';
import { COUNTED_TASKS_MAX } from '../../../shared/core/ports/read-model.js';
import { SERIES_BUCKETS_MAX } from '../../../shared/core/ports/task-series.js';
import { taskDifferenceSchema } from '../as-of/diff-schema.js';
import { DIFF_LIMIT_DEFAULT } from '../as-of/diff-tasks.js';
import { taskCountSchema } from '../tasks/count-schema.js';
import { historySchema } from '../tasks/history-schema.js';
import { taskItemSchema, taskSchema } from '../tasks/schemas.js';
import { SERIES_PARAMETERS } from '../tasks/series-parameters.js';
import { seriesSchema } from '../tasks/series-schema.js';
import { statsSchema } from '../tasks/stats-schema.js';
import { DETAIL_MEMBERS, LIST_MEMBERS } from '../tasks/task-routes.js';
import {
  AS_OF_MOMENT,
  CURSOR,
  ORDER,
  filterParameters,
  SEARCHED,
  IDEMPOTENCY_KEY,
  includeParameter,
  limitParameter,
  momentParameter,
  parameter,
  TASK_ID,
  TIMES,
} from './parameters.js';
import {
  answer,
  COUNT,
  freshnessHeaders,
  INT,
  linksTo,
  listHeaders,
  NONE,
  operation,
  optionalBody,
  pageHeaders,
  placeHeaders,
  referTo,
  refused,
  requestBody,
} from './parts.js';
import { BROKEN, DELETED, NO_TASK, READ, WRITE } from './refusals.js';

const LINKS = linksTo('showTask', 'cancelTask', 'showHistory');

const listTasks = operation(
  'tasks',
  [
    'List tasks, newest first or in another order',
    'All that match every parameter, page by page. The headers say how far into the ledger the list reaches.',
  ],
  {
    parameters: [
      ...filterParameters(),
      SEARCHED,
      includeParameter(LIST_MEMBERS),
      TIMES,
      ORDER,
      limitParameter(50),
      CURSOR,
      AS_OF_MOMENT,
    ],
    responses: { 200: { ...answer('Tasks', z.array(taskItemSchema)), headers: listHeaders }, ...READ },
  },
);

const createTask = operation(
  'tasks',
  [
    'Create a task',
    'Puts `task.created` on record. With a `key` or an `Idempotency-Key` that stands for a task already, that one is answered.',
  ],
  {
    parameters: [IDEMPOTENCY_KEY, TIMES],
    requestBody: requestBody({ 'application/json': referTo('CreateTaskRequest') }),
    responses: {
      201: { ...answer('The task was created', taskSchema), headers: placeHeaders, links: LINKS },
      200: { ...answer('It had been created before', taskSchema), headers: placeHeaders, links: LINKS },
      409: refused(
        'The key or Idempotency-Key stands for a task with other data, or for one whose record does not verify',
      ),
      410: DELETED,
      ...WRITE,
    },
  },
);

const countTasks = operation(
  'tasks',
  [
    'Count the tasks of a list',
    `How many match every parameter: exactly up to ${COUNTED_TASKS_MAX}, and beyond that only that there are more.`,
  ],
  {
    parameters: [...filterParameters(), SEARCHED, AS_OF_MOMENT],
    responses: { 200: { ...answer('The count', taskCountSchema), headers: freshnessHeaders }, ...READ },
  },
);

const diffTasks = operation(
  'tasks',
  [
    'Show what differs between two moments',
    'Which tasks appeared, ended or otherwise changed, in the order in which anything first happened to them. A filter lets through what it did at either moment.',
  ],
  {
    parameters: [
      momentParameter('from', 'The first moment', { required: true }),
      momentParameter('to', 'The last moment', { required: true }),
      ...filterParameters(),
      includeParameter(STREAM_INCLUDES),
      TIMES,
      limitParameter(DIFF_LIMIT_DEFAULT),
      CURSOR,
    ],
    responses: {
      200: { ...answer('The differences', z.array(taskDifferenceSchema)), headers: listHeaders },
      ...READ,
    },
  },
);

const showStats = operation(
  'tasks',
  [
    'Count tasks',
    'How many there are by status, type and project, and how long they took. `position` says up to which event.',
  ],
  {
    parameters: [
      ...filterParameters('project_id', 'project'),
      parameter('query', 'cursor', INT, 'Where a page of projects starts, out of the Link header'),
    ],
    responses: { 200: { ...answer('The counts', statsSchema), headers: listHeaders }, ...READ },
  },
);

const showSeries = operation(
  'tasks',
  [
    'Show when tasks were created, started and ended',
    `How many in each interval, in UTC, of at most ${SERIES_BUCKETS_MAX} intervals: from the one that \`from\` is in on, those that begin before \`to\`.`,
  ],
  {
    parameters: Object.entries(SERIES_PARAMETERS).map(([name, { json, description, ...more }]) =>
      parameter('query', name, json, description, more),
    ),
    responses: { 200: { ...answer('The series', seriesSchema), headers: freshnessHeaders }, ...READ },
  },
);

const showTask = operation('tasks', ['Show a task', 'One task with its params, result and error message.'], {
  parameters: [TASK_ID, includeParameter(DETAIL_MEMBERS), TIMES, AS_OF_MOMENT],
  responses: { 200: answer('The task', taskSchema), 404: NO_TASK, 409: BROKEN, 410: DELETED, ...READ },
});

const cancelTask = operation(
  'tasks',
  [
    'Cancel a task',
    'Ends a pending or running task. It is answered when the cancel is on disk and shows in the very next GET.',
  ],
  {
    parameters: [TASK_ID, IDEMPOTENCY_KEY],
    requestBody: optionalBody({ 'application/json': referTo('CancelRequest') }),
    responses: {
      200: answer('Task cancelled', NONE),
      404: NO_TASK,
      409: BROKEN,
      410: DELETED,
      ...WRITE,
    },
  },
);

const showHistory = operation(
  'tasks',
  [
    "Show a task's history",
    'Every event with the state after it, and as evidence those that were refused; each verified by its hash.',
  ],
  {
    parameters: [
      TASK_ID,
      limitParameter(100),
      parameter('query', 'from_revision', { ...COUNT, default: 0 }, 'First event'),
      parameter('query', 'from_evidence', { ...COUNT, default: 0 }, 'First piece of evidence'),
    ],
    responses: {
      200: { ...answer('The history', historySchema), headers: pageHeaders },
      404: NO_TASK,
      409: BROKEN,
      410: DELETED,
      ...READ,
    },
  },
);

/** Tasks, as lists, one by one, and counted. */
export const taskOperations = {
  listTasks,
  createTask,
  countTasks,
  diffTasks,
  showStats,
  showSeries,
  showTask,
  cancelTask,
  showHistory,
};

import { z } from 'zod';
import { DETAIL_INCLUDES, LIST_INCLUDES } from '../../../shared/core/contracts/task-fields.js';
import { historySchema } from '../tasks/history-schema.js';
import { LEDGER_INCLUDES } from '../tasks/ledger-includes.js';
import { taskItemSchema, taskSchema } from '../tasks/schemas.js';
import { statsSchema } from '../tasks/stats-schema.js';
import {
  CURSOR,
  filterParameters,
  IDEMPOTENCY_KEY,
  includeParameter,
  limitParameter,
  parameter,
  TASK_ID,
} from './parameters.js';
import {
  answer,
  COUNT,
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
    'List tasks, newest first',
    'All that match every parameter, page by page. The headers say how far into the ledger the list reaches.',
  ],
  {
    parameters: [...filterParameters(), includeParameter(LIST_INCLUDES), limitParameter(50), CURSOR],
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
    parameters: [IDEMPOTENCY_KEY],
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

const showStats = operation(
  'tasks',
  [
    'Count tasks',
    'How many there are by status, type and project, and how long they took. `position` says up to which event.',
  ],
  {
    parameters: [
      parameter('query', 'project_id', INT, 'Only tasks of this project'),
      parameter('query', 'cursor', INT, 'Where a page of projects starts, out of the Link header'),
    ],
    responses: { 200: { ...answer('The counts', statsSchema), headers: listHeaders }, ...READ },
  },
);

const showTask = operation('tasks', ['Show a task', 'One task with its params, result and error message.'], {
  parameters: [TASK_ID, includeParameter([...DETAIL_INCLUDES, ...LEDGER_INCLUDES])],
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
export const taskOperations = { listTasks, createTask, showStats, showTask, cancelTask, showHistory };

import { z } from 'zod';
import { DETAIL_INCLUDES, LIST_INCLUDES } from '../../shared/contracts/task-json.js';
import type { BasePath } from './base-path.js';
import { cancellationPaths } from './openapi-cancellations.js';
import { eventSchema, eventsSchema } from './openapi-events.js';
import { filterParameters, includeParameter, limitParameter, parameter } from './openapi-parameters.js';
import {
  answer,
  COUNT,
  INT,
  listHeaders,
  operation,
  optionalBody,
  pageHeaders,
  placeHeaders,
  refused,
  requestBody,
  schemaOf,
  type Json,
} from './openapi-parts.js';
import { streamPaths } from './openapi-streams.js';
import {
  cancelBodySchema,
  createTaskSchema,
  eventOutcomeSchema,
  historySchema,
  listedTaskSchema,
  readinessSchema,
  reasonField,
  shownTaskSchema,
  statsSchema,
  taskDetailSchema,
} from './schemas.js';

/** The description of the API (OpenAPI 3.1), generated from the schemas by which it is checked. */
export function openApiDocument(
  taskTypes: readonly string[],
  version: string,
  basePath: BasePath = '',
): Json {
  const id = parameter('path', 'id', { ...INT, minimum: 1 }, "The task's id");
  const idempotencyKey = parameter(
    'header',
    'Idempotency-Key',
    { type: 'string', minLength: 1, maxLength: 512, pattern: '^[!-~](?:[ -~]*[!-~])?$' },
    'Sent again with the same key, the request has no second effect and gets the first answer',
  );
  const common = {
    400: refused('What was sent is wrong; the message says what'),
    503: refused('Try again; nothing was lost'),
  };
  const write = {
    ...common,
    403: refused('A page of another origin has sent it'),
    413: refused('The body is too large'),
    415: refused('The body is of another media type'),
  };
  const notFound = refused('Task not found');
  const broken = refused("The task's record does not verify; it takes no more events");
  const detail = schemaOf(taskDetailSchema(taskTypes));
  const outcomes = z.array(eventOutcomeSchema);
  // Of a single event that was read; null where the request as a whole was refused.
  const outcomesOrNull = outcomes.nullable();

  return {
    openapi: '3.1.0',
    info: {
      title: 'Taskledger',
      version,
      description:
        'Every background job, on the record: what happened to it, its state, and the switch that cancels it.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    ...(basePath !== '' && { servers: [{ url: basePath }] }),
    paths: {
      '/api/v1/tasks': {
        get: operation('listTasks', 'List tasks, newest first', {
          parameters: [
            ...filterParameters(taskTypes),
            includeParameter(LIST_INCLUDES),
            limitParameter(50),
            parameter('query', 'cursor', { type: 'string' }, 'Where a page starts, out of the Link header'),
          ],
          responses: {
            200: { ...answer('Tasks', z.array(listedTaskSchema(taskTypes))), headers: listHeaders },
            ...common,
          },
        }),
        post: operation('createTask', 'Create a task', {
          parameters: [idempotencyKey],
          requestBody: requestBody({ 'application/json': createTaskSchema(taskTypes) }),
          responses: {
            201: { ...answer('The task was created', detail), headers: placeHeaders },
            200: { ...answer('It had been created before', detail), headers: placeHeaders },
            409: refused(
              'The key or Idempotency-Key stands for a task with other data, or for one whose record does not verify',
            ),
            ...write,
          },
        }),
      },
      '/api/v1/tasks/stats': {
        get: operation(
          'showStats',
          'How many tasks there are by status, type and project, and how long they took',
          {
            parameters: [
              parameter('query', 'project_id', INT, 'Only tasks of this project'),
              parameter('query', 'cursor', INT, 'Where a page of projects starts, out of the Link header'),
            ],
            responses: {
              200: { ...answer('The counts', statsSchema), headers: listHeaders },
              ...common,
            },
          },
        ),
      },
      '/api/v1/tasks/{id}': {
        get: operation('showTask', 'One task with params, result and error message', {
          parameters: [id, includeParameter(DETAIL_INCLUDES)],
          responses: { 200: answer('The task', shownTaskSchema(taskTypes)), 404: notFound, ...common },
        }),
      },
      '/api/v1/tasks/{id}/cancel': {
        post: operation('cancelTask', 'Cancel a pending or running task', {
          parameters: [id, idempotencyKey],
          requestBody: optionalBody({ 'application/json': cancelBodySchema }),
          responses: {
            200: answer('Task cancelled', { type: 'null' }),
            404: notFound,
            409: broken,
            ...write,
          },
        }),
      },
      '/api/v1/tasks/{id}/history': {
        get: operation('showHistory', 'Every event of a task, and the evidence of those that were refused', {
          parameters: [
            id,
            limitParameter(100),
            parameter('query', 'from_revision', { ...COUNT, default: 0 }, 'First event'),
            parameter('query', 'from_evidence', { ...COUNT, default: 0 }, 'First piece of evidence'),
          ],
          responses: {
            200: { ...answer('The history', historySchema), headers: pageHeaders },
            404: notFound,
            ...common,
          },
        }),
      },
      ...streamPaths(taskTypes, { ...common, 404: notFound }),
      '/api/v1/events': {
        post: operation('ingestEvents', 'Send lifecycle events as CloudEvents 1.0', {
          requestBody: requestBody({
            'application/cloudevents+json': eventSchema(taskTypes),
            'application/cloudevents-batch+json': eventsSchema(taskTypes),
            'application/json': {
              description:
                "Without ce-* headers an event or a list of them; with them (binary mode) the event's data, also as text/json or a type that ends in +json",
              oneOf: [
                eventSchema(taskTypes),
                eventsSchema(taskTypes),
                { type: 'object', not: { required: ['specversion'] } },
              ],
            },
          }),
          responses: {
            200: answer('What became of each event, in the order sent', outcomes),
            ...write,
            400: refused('What was sent is wrong; the message says what', outcomesOrNull),
            404: refused('A single event: task not found', outcomes),
            409: refused('A single event: it contradicts what stands there', outcomes),
            503: refused('Try again; nothing was lost', outcomesOrNull),
          },
        }),
      },
      ...cancellationPaths(taskTypes, common, write, idempotencyKey),
      '/health/live': {
        get: operation('live', 'Whether the process answers', {
          responses: { 200: answer('It does', z.object({ live: z.literal(true) })) },
        }),
      },
      '/health/ready': {
        get: operation('ready', 'Whether requests can be served, part by part', {
          responses: { 200: answer('Ready', readinessSchema), 503: refused('Not ready', readinessSchema) },
        }),
      },
      '/metrics': {
        get: operation('metrics', 'Metrics in the text format of Prometheus', {
          responses: {
            200: { description: 'Metrics', content: { 'text/plain': { schema: { type: 'string' } } } },
          },
        }),
      },
    },
    components: { schemas: { Reason: schemaOf(reasonField) } },
  };
}

import { z } from 'zod';
import { lifecycleDataSchemas, LIFECYCLE_EVENT_TYPES } from '../../shared/contracts/lifecycle-events.js';
import { DETAIL_INCLUDES, LIST_INCLUDES } from '../../shared/contracts/task-json.js';
import {
  cancellationSchema,
  executeBodySchema,
  previewBodySchema,
  TASK_OUTCOMES,
  taskOutcomeSchema,
} from './cancellation-schemas.js';
import { filterParameters, includeParameter, parameter } from './openapi-parameters.js';
import { streamPaths } from './openapi-streams.js';
import {
  cancelBodySchema,
  createTaskSchema,
  eventOutcomeSchema,
  historySchema,
  listedTaskSchema,
  readinessSchema,
  shownTaskSchema,
  statsSchema,
  taskDetailSchema,
} from './schemas.js';

type Json = Record<string, unknown>;

/** The description of the API (OpenAPI 3.1), generated from the schemas by which it is checked. */
export function openApiDocument(taskTypes: readonly string[], version: string): Json {
  const refused = (what: string): Json => answer(what, { type: 'null' });
  const id = parameter('path', 'id', { type: 'integer', minimum: 1 }, "The task's id");
  const idempotencyKey = parameter(
    'header',
    'Idempotency-Key',
    { type: 'string', minLength: 1, maxLength: 512 },
    'Sent again with the same key, the request has no second effect and gets the first answer',
  );
  const limit = (fallback: number): Json =>
    parameter(
      'query',
      'limit',
      { type: 'integer', minimum: 1, maximum: 1000, default: fallback },
      'How many at most',
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
  const cancellationId = parameter('path', 'id', { type: 'string', format: 'uuid' }, "The cancellation's id");
  const noCancellation = refused('Cancellation not found');
  const cancellation = cancellationSchema(taskTypes);
  const detail = schemaOf(taskDetailSchema(taskTypes));

  return {
    openapi: '3.1.0',
    info: {
      title: 'Taskledger',
      version,
      description:
        'Every background job, on the record: what happened to it, its state, and the switch that cancels it.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: {
      '/api/v1/tasks': {
        get: operation('listTasks', 'List tasks, newest first', {
          parameters: [
            ...filterParameters(taskTypes),
            includeParameter(LIST_INCLUDES),
            limit(50),
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
            409: refused('The key or Idempotency-Key stands for a task with other data'),
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
              parameter('query', 'project_id', { type: 'integer' }, 'Only tasks of this project'),
              parameter(
                'query',
                'cursor',
                { type: 'integer' },
                'Where a page of projects starts, out of the Link header',
              ),
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
          requestBody: { ...requestBody({ 'application/json': cancelBodySchema }), required: false },
          responses: { 200: refused('Task cancelled'), 404: notFound, ...write },
        }),
      },
      '/api/v1/tasks/{id}/history': {
        get: operation('showHistory', 'Every event of a task, and the evidence of those that were refused', {
          parameters: [
            id,
            limit(100),
            parameter('query', 'from_revision', { type: 'integer', minimum: 0, default: 0 }, 'First event'),
            parameter(
              'query',
              'from_evidence',
              { type: 'integer', minimum: 0, default: 0 },
              'First piece of evidence',
            ),
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
            'application/cloudevents-batch+json': {
              type: 'array',
              maxItems: 1000,
              items: eventSchema(taskTypes),
            },
            'application/json': z
              .object({})
              .meta({ description: "Binary mode: ce-* headers, the body is the event's data" }),
          }),
          responses: {
            200: answer('What became of each event, in the order sent', z.array(eventOutcomeSchema)),
            404: answer('A single event: task not found', z.array(eventOutcomeSchema)),
            409: answer('A single event: another task stands under its key', z.array(eventOutcomeSchema)),
            ...write,
          },
        }),
      },
      '/api/v1/cancellations': {
        post: operation('previewCancellation', 'Show exactly which open tasks a bulk cancel takes', {
          description:
            'Nothing is cancelled by it. The filter leaves some open tasks out; at most 10,000 tasks match.',
          requestBody: requestBody({ 'application/json': previewBodySchema }),
          responses: {
            201: { ...answer('The preview', cancellation), headers: placeHeaders },
            ...write,
          },
        }),
      },
      '/api/v1/cancellations/{id}': {
        get: operation('showCancellation', 'A bulk cancel and how far it has come', {
          parameters: [cancellationId],
          responses: { 200: answer('The cancellation', cancellation), 404: noCancellation, 503: common[503] },
        }),
      },
      '/api/v1/cancellations/{id}/tasks': {
        get: operation('listCancellationTasks', 'What became of each task of a bulk cancel', {
          parameters: [
            cancellationId,
            parameter('query', 'outcome', { type: 'string', enum: TASK_OUTCOMES }, 'Only with this outcome'),
            limit(100),
            parameter('query', 'cursor', { type: 'string' }, 'Where a page starts, out of the Link header'),
          ],
          responses: {
            200: {
              ...answer('Tasks, in the order of the preview', z.array(taskOutcomeSchema)),
              headers: pageHeaders,
            },
            404: noCancellation,
            ...common,
          },
        }),
      },
      '/api/v1/cancellations/{id}/execute': {
        post: operation('executeCancellation', 'Cancel the tasks of a preview that are still open', {
          description:
            'Sent again it has no second effect, and goes on with one that a process has left unfinished.',
          parameters: [cancellationId],
          requestBody: { ...requestBody({ 'application/json': executeBodySchema }), required: false },
          responses: {
            202: { ...answer('On record, and being carried out', cancellation), headers: placeHeaders },
            404: noCancellation,
            409: refused('The preview has expired'),
            ...write,
          },
        }),
      },
      '/health/live': {
        get: operation('live', 'Whether the process answers', {
          responses: { 200: answer('It does', z.object({ live: z.literal(true) })) },
        }),
      },
      '/health/ready': {
        get: operation('ready', 'Whether requests can be served, part by part', {
          responses: { 200: answer('Ready', readinessSchema), 503: answer('Not ready', readinessSchema) },
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
  };
}

const pageHeaders: Json = {
  Link: {
    description:
      'The next page, rel="next" (RFC 8288); absent on the last one. A page before it can have fewer items than the limit',
    schema: { type: 'string' },
  },
};

const listHeaders: Json = {
  ...pageHeaders,
  'Taskledger-Position': {
    description: 'How far into the ledger the list reaches',
    schema: { type: 'string' },
  },
  'Taskledger-Lag-Ms': { description: 'How far it is behind, in milliseconds', schema: { type: 'integer' } },
};

/** Where that is which an answer is about. */
const placeHeaders: Json = { Location: { description: 'Its path', schema: { type: 'string' } } };

function operation(operationId: string, summary: string, rest: Json): Json {
  return { operationId, summary, ...rest };
}

function requestBody(schemas: Record<string, z.ZodType | Json>): Json {
  const content = Object.entries(schemas).map(([type, schema]) => [type, { schema: schemaOf(schema) }]);
  return { required: true, content: Object.fromEntries(content) as Json };
}

/** An answer in the envelope. */
function answer(description: string, data: z.ZodType | Json): Json {
  const schema = {
    type: 'object',
    required: ['code', 'message', 'data'],
    additionalProperties: false,
    properties: { code: { type: 'integer' }, message: { type: 'string' }, data: schemaOf(data) },
  };
  return { description, content: { 'application/json': { schema } } };
}

/** A lifecycle event in the JSON form of CloudEvents, one alternative for each type. */
function eventSchema(taskTypes: readonly string[]): Json {
  const data = lifecycleDataSchemas(taskTypes);
  return {
    oneOf: LIFECYCLE_EVENT_TYPES.map((type) => ({
      type: 'object',
      required: ['specversion', 'id', 'source', 'type', ...(type === 'task.created' ? [] : ['subject'])],
      properties: {
        specversion: { const: '1.0' },
        id: { type: 'string', minLength: 1, maxLength: 512 },
        source: { type: 'string', minLength: 1, maxLength: 512 },
        type: { const: type },
        subject: {
          type: 'string',
          description: "The task's id in digits, or the publisher's key; on task.created the key",
        },
        time: { type: 'string', format: 'date-time' },
        datacontenttype: { const: 'application/json' },
        data: schemaOf(data[type]),
      },
    })),
  };
}

function schemaOf(schema: z.ZodType | Json): Json {
  if (!(schema instanceof z.ZodType)) return schema;
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // The only checks of our own are those for an object that is carried as it came.
      if (zodSchema._zod.def.type === 'custom') jsonSchema.type = 'object';
    },
  }) as Json;
  return json;
}

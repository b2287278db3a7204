import { z } from 'zod';
import { ENDPOINTS, type Endpoint, type EndpointName } from '../endpoints.js';
import { eventOutcomeSchema } from '../events/outcome-schemas.js';
import type { BasePath } from '../http/base-path.js';
import { cancellationOperations } from './cancellations.js';
import { openApiComponents } from './components.js';
import { errorOperations } from './errors.js';
import { EVENT, EVENTS, HEARTBEATS } from './events.js';
import { answer, operation, referTo, refused, requestBody, TAGS, type Json } from './parts.js';
import { READ_FROM } from './parameters.js';
import { WRITE } from './refusals.js';
import { messageOperations } from './messages.js';
import { projectOperations } from './projects.js';
import { serviceOperations } from './service.js';
import { streamOperations } from './streams.js';
import { taskOperations } from './tasks.js';

/** The description of the API (OpenAPI 3.1), generated from the schemas by which it is checked. */
export function openApiDocument(version: string, basePath: BasePath = ''): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Taskledger',
      version,
      description:
        'Every background job, on the record: what happened to it, its state, and the switch that cancels it.',
      contact: { name: 'Taskledger' },
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    // Whoever reaches it may do all; who that is, is up to what stands before it.
    security: [],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: describedPaths(),
    components: { schemas: openApiComponents() },
  };
}

/** Every endpoint, by its path and method, with the right that it takes as `x-right`. */
function describedPaths(): Json {
  const operations: Record<EndpointName, Json> = {
    ...taskOperations,
    ...streamOperations(),
    ...messageOperations,
    ingestEvents,
    tellHeartbeats,
    ...cancellationOperations(),
    ...errorOperations,
    ...projectOperations,
    ...serviceOperations(),
  };
  const paths: Record<string, Json> = {};
  for (const [operationId, endpoint] of Object.entries<Endpoint>(ENDPOINTS)) {
    const { method, path, right, reads } = endpoint;
    const described: Json = { operationId, ...operations[operationId as EndpointName] };
    if (reads !== undefined)
      described.parameters = [...((described.parameters as Json[] | undefined) ?? []), READ_FROM];
    (paths[path] ??= {})[method.toLowerCase()] = right ? { ...described, 'x-right': right } : described;
  }
  return paths;
}

const tellHeartbeats = operation(
  'events',
  [
    'Say that tasks are worked on',
    'Counts for the promise `heartbeat_s` as any event of the task does, and is not recorded. Which of the tasks there are is not looked up.',
  ],
  {
    requestBody: requestBody({ 'application/json': HEARTBEATS }),
    responses: {
      202: answer('Told to whoever watches', z.object({ heard: z.int() })),
      ...WRITE,
    },
  },
);

const OUTCOMES = referTo('EventRefusal');

const ingestEvents = operation(
  'events',
  [
    'Send events',
    'Lifecycle events as CloudEvents 1.0: one, a list of them, or one in binary mode. What is answered is on disk.',
  ],
  {
    requestBody: requestBody({
      'application/cloudevents+json': EVENT,
      'application/cloudevents-batch+json': EVENTS,
      'application/json': {
        description:
          "Without ce-* headers an event or a list of them; with them (binary mode) the event's data, also as text/json or a type that ends in +json",
        oneOf: [
          EVENT,
          EVENTS,
          { type: 'object', not: { properties: { specversion: {} }, required: ['specversion'] } },
        ],
      },
    }),
    responses: {
      200: answer('What became of each event, in the order sent', z.array(eventOutcomeSchema)),
      ...WRITE,
      400: refused('What was sent is wrong; the message says what', OUTCOMES),
      404: refused('A single event: task not found', OUTCOMES),
      409: refused('A single event: it contradicts what stands there', OUTCOMES),
      410: refused("A single event: the task's record was deleted in the ledger's engine", OUTCOMES),
      503: refused('Try again; nothing was lost', OUTCOMES),
    },
  },
);

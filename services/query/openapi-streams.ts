import { filterParameters, includeParameter, parameter } from './openapi-parameters.js';
import { INT, type Json } from './openapi-parts.js';
import { BEFORE_ALL } from './streams/change-ring.js';
import { STREAM_INCLUDES } from './streams/stream-change.js';

/** What an answer of a stream can be beside the stream. */
export interface StreamRefusals {
  400: Json;
  404: Json;
  503: Json;
}

const POSITION = { type: 'string', example: '0000000000000042' };
const SEEN = 'What the client has seen: the stream goes on after it';

const EVENTS =
  `Server-sent events (WHATWG HTML, section 9.2). Each has an \`id\`, its position in the ledger, and as \`data\` an item as
a list shows it. \`event: task\` gives a task's state; \`event: left\` the state by which it does not match the filter any more. An
\`id\` without data moves the client on; a line \`:\` says that the connection is there. Who reads too slowly is given the newest
state of each task only.`.replaceAll('\n', ' ');

/** The event streams. */
export function streamPaths(taskTypes: readonly string[], refusals: StreamRefusals): Json {
  const place = [
    includeParameter(STREAM_INCLUDES),
    parameter('header', 'Last-Event-ID', POSITION, `${SEEN}. An EventSource sends it by itself`),
    parameter(
      'query',
      'after',
      POSITION,
      `${SEEN}: the Taskledger-Position of a list, or ${BEFORE_ALL} for the beginning. Last-Event-ID wins over it`,
    ),
  ];
  const stream = (description: string): Json => ({
    description: `${description} ${EVENTS}`,
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  });
  const { 404: notFound, ...common } = refusals;
  return {
    '/api/v1/tasks/stream': {
      get: {
        operationId: 'streamTasks',
        summary: 'What changes of tasks, as it happens',
        parameters: [...filterParameters(taskTypes), ...place],
        responses: { 200: stream('The changes from now on, or after a position.'), ...common },
      },
    },
    '/api/v1/tasks/{id}/stream': {
      get: {
        operationId: 'streamTask',
        summary: "A task's present state and what changes of it, up to its end",
        parameters: [parameter('path', 'id', { ...INT, minimum: 1 }, "The task's id"), ...place],
        responses: {
          200: stream('It ends after the final state.'),
          204: { description: 'The client has seen the final state: an EventSource does not come again' },
          404: notFound,
          ...common,
        },
      },
    },
  };
}

import { STREAM_INCLUDES } from '../../../shared/core/contracts/task-fields.js';
import { BEFORE_ALL } from '../streams/change-ring.js';
import { filterParameters, includeParameter, parameter, TASK_ID, TIMES } from './parameters.js';
import { STREAM_FILTER_PARAMETERS } from '../tasks/task-filter-parameters.js';
import { operation, type Json } from './parts.js';
import { NO_TASK, READ } from './refusals.js';

const POSITION = { type: 'string', maxLength: 100, example: '0000000000000042' };
const SEEN = 'What the client has seen: the stream goes on after it';

const EVENTS =
  `Server-sent events (WHATWG HTML, section 9.2). Each has an \`id\`, its position in the ledger, and as \`data\` an item as
a list shows it. \`event: task\` gives a task's state; \`event: left\` the state by which it does not match the filter any more. An
\`id\` without data moves the client on, behind each event with a mark by which it is refused in another ledger; a line \`:\` says that the connection is there. Who reads too slowly is given the newest
state of each task only.`.replaceAll('\n', ' ');

/** The event streams. */
export function streamOperations(): { streamTasks: Json; streamTask: Json } {
  const place = [
    includeParameter(STREAM_INCLUDES),
    TIMES,
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
  return {
    streamTasks: operation('tasks', ['Follow tasks', 'What changes of those that match, as it happens.'], {
      parameters: [...filterParameters(...STREAM_FILTER_PARAMETERS), ...place],
      responses: { 200: stream('The changes from now on, or after a position.'), ...READ },
    }),
    streamTask: operation(
      'tasks',
      ['Follow a task', 'Its present state and what changes of it, up to its end.'],
      {
        parameters: [TASK_ID, ...place],
        responses: {
          200: stream('It ends after the final state.'),
          204: { description: 'The client has seen the final state: an EventSource does not come again' },
          404: NO_TASK,
          ...READ,
        },
      },
    ),
  };
}

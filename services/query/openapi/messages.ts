import { MESSAGE_LEVELS } from '../../../shared/core/domain/events.js';
import { WANTED_CHARACTERS_MAX } from '../messages/message-filter.js';
import { MESSAGE_ORDERS } from '../messages/list-messages.js';
import { messagesSchema } from '../messages/message-schema.js';
import { limitParameter, parameter, TASK_ID } from './parameters.js';
import { answer, COUNT, operation, pageHeaders, type Json } from './parts.js';
import { DELETED, NO_TASK, READ } from './refusals.js';

const FILTERS = [
  parameter(
    'query',
    'level',
    { type: 'string', enum: [...MESSAGE_LEVELS] },
    'Only messages of this level, and of those that matter more',
  ),
  parameter(
    'query',
    'q',
    { type: 'string', minLength: 1, maxLength: WANTED_CHARACTERS_MAX },
    'Only messages in which this stands, in upper or lower case',
  ),
];

const place = (name: string, description: string): Json => parameter('query', name, COUNT, description);

/** What a task has said. */
export const messageOperations = {
  listMessages: operation(
    'tasks',
    [
      "List a task's messages",
      'What came with its progress, straight from the ledger. The work for a page is bounded: one may be short, even empty, and have a next one.',
    ],
    {
      parameters: [
        TASK_ID,
        ...FILTERS,
        parameter(
          'query',
          'order',
          { type: 'string', enum: Object.keys(MESSAGE_ORDERS), default: 'newest' },
          'Which come first',
        ),
        limitParameter(50),
        place('after', 'Only messages after this revision of the task'),
        place('before', 'Only messages before this revision of the task'),
      ],
      responses: {
        200: { ...answer('The messages', messagesSchema), headers: pageHeaders },
        404: NO_TASK,
        410: DELETED,
        ...READ,
      },
    },
  ),
  streamMessages: operation(
    'tasks',
    [
      "Follow a task's messages",
      'Server-sent events: each `event: message` has as `id` the revision of its event, and as `data` a TaskMessage.',
    ],
    {
      parameters: [
        TASK_ID,
        ...FILTERS,
        parameter(
          'header',
          'Last-Event-ID',
          { type: 'string', maxLength: 25, pattern: '^[0-9]{1,16}([.][0-9a-f]{8})?$' },
          'What the client has seen: the stream goes on after it. An EventSource sends it by itself',
        ),
        place(
          'after',
          'The same, as the revision of a list; 0 for all messages. Last-Event-ID wins over it. Without both it begins now',
        ),
      ],
      responses: {
        200: {
          description: "The messages, up to the task's end.",
          content: { 'text/event-stream': { schema: { type: 'string' } } },
        },
        204: { description: 'The client has seen the end: an EventSource does not come again' },
        404: NO_TASK,
        410: DELETED,
        ...READ,
      },
    },
  ),
};

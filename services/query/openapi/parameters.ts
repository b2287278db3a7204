import { LIST_ORDERS, ORDER_DEFAULT } from '../../../shared/core/ports/list-order.js';
import { TIME_FORMS } from '../../../shared/core/contracts/time.js';
import { MIN_POSITION } from '../http/position-wait.js';
import { COMMAS, type FilterParameter } from '../tasks/filter-kinds.js';
import { AS_OF } from '../http/taken-parameters.js';
import { SEARCH, SEARCH_SHAPE } from '../tasks/search-words.js';
import {
  ofEachFilter,
  TASK_FILTER_PARAMETERS,
  TASK_FILTERS,
  type TaskFilterParameter,
} from '../tasks/task-filter-parameters.js';
import { INT, orNull, type Json } from './parts.js';

/** A parameter of an operation. */
export function parameter(
  place: string,
  name: string,
  schema: Json,
  description: string,
  more: Json = {},
): Json {
  return { in: place, name, required: place === 'path', description, schema, ...more };
}

/** The task that a path is about. */
export const TASK_ID = parameter('path', 'id', { ...INT, minimum: 1 }, "The task's id");

/** The header by which a request may be sent again. */
export const IDEMPOTENCY_KEY = parameter(
  'header',
  'Idempotency-Key',
  { type: 'string', minLength: 1, maxLength: 512, pattern: '^[!-~](?:[ -~]*[!-~])?$' },
  'Sent again with the same key, the request has no second effect and gets the first answer',
);

/** Words that find tasks. */
export const SEARCHED = parameter(
  'query',
  SEARCH,
  SEARCH_SHAPE,
  'Only tasks with all of these whole words in key, labels, type, worker or type of error, or in the first KiB of the error; ' +
    'with error: before one, in the error alone',
);

/** Where a page starts. */
export const CURSOR = parameter(
  'query',
  'cursor',
  { type: 'string', maxLength: 100 },
  'Where a page starts, out of the Link header',
);

/** In which order a list is. */
export const ORDER = parameter(
  'query',
  'order',
  { type: 'string', enum: LIST_ORDERS, default: ORDER_DEFAULT },
  'By creation, end or duration, with - from the greatest on; what has no end or duration is not in a list by it',
);

/** How far into the ledger an answer reaches at least. */
export const READ_FROM = parameter(
  'query',
  MIN_POSITION,
  { type: 'string', maxLength: 100 },
  'A position in the ledger, as a write has answered it: what is not there yet is waited for, 5 seconds at most, and then refused with 503',
);

/** A moment in the past. */
export function momentParameter(name: string, description: string, more: Json = {}): Json {
  return parameter(
    'query',
    name,
    { type: 'string', minLength: 1, maxLength: 100, example: '2025-03-12T10:03:00Z' },
    `${description}: a time (RFC 3339, UTC where there is no offset) at which that was recorded, or a position of the ledger`,
    more,
  );
}

/** As what is shown was then. */
export const AS_OF_MOMENT = momentParameter(AS_OF, 'As it was at a moment');

/** How times are shown. */
export const TIMES = parameter(
  'query',
  'times',
  { type: 'string', enum: TIME_FORMS },
  'rfc3339: times of tasks with milliseconds and Z; without it in whole seconds of UTC, without an offset',
);

/** How many items a page has at most. */
export function limitParameter(fallback: number, maximum = 1000): Json {
  return parameter(
    'query',
    'limit',
    { type: 'integer', minimum: 1, maximum, default: fallback },
    'How many at most',
  );
}

/** The parameters that name tasks, as `taskFilterOf` reads them. */
export function filterParameters(...names: readonly TaskFilterParameter[]): Json[] {
  return (names.length === 0 ? TASK_FILTER_PARAMETERS : names).map((name) => {
    const { json, description, style }: FilterParameter = TASK_FILTERS[name];
    return parameter('query', name, json, description, style);
  });
}

/** The same as members of an object, which say of several values that they are a text with commas, or a list. */
export function filterBody(): Json {
  return {
    type: 'object',
    additionalProperties: false,
    minProperties: 1,
    properties: ofEachFilter(({ bodyJson }) => orNull(bodyJson)),
  };
}

/** The parameter by which these members are asked for. */
export function includeParameter(members: readonly string[]): Json {
  const names = { type: 'array', minItems: 1, items: { type: 'string', enum: members } };
  return parameter('query', 'include', names, "Members that follow the contract's", COMMAS);
}

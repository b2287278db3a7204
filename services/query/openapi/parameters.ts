import { DEFAULT_TASK_TYPES, TASK_KEY_SHAPE } from '../../../shared/core/contracts/fields.js';
import type { TaskInclude } from '../../../shared/core/contracts/task-fields.js';
import { TASK_STATUSES } from '../../../shared/core/domain/task.js';
import { KEY_PREFIX_LEVELS_MAX } from '../../../shared/core/ports/key-paths.js';
import { FILTER_CHARACTERS_MAX, FILTER_VALUES_MAX } from '../cancellations/cancellation-schemas.js';
import { INT, orNull, type Json } from './parts.js';

const COMMAS = { style: 'form', explode: false };
const NEGATED = '; with ! before it: all but these';
const TIMES = 'UTC where there is no offset; a fraction counts as the next second';
const TIME = { type: 'string', format: 'date-time', example: '2025-03-12T10:00:00Z' };
/** Which there are is set up for each server. */
const TASK_TYPES = {
  type: 'array',
  minItems: 1,
  items: { type: 'string', minLength: 1, examples: [...DEFAULT_TASK_TYPES] },
};
const KEY = { type: 'string', ...TASK_KEY_SHAPE };
const KEY_PREFIX = {
  ...KEY,
  pattern: `^(?:[^/]*/){1,${KEY_PREFIX_LEVELS_MAX}}$`,
  example: 'crawl/2025-03-12/',
};

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

/** Where a page starts. */
export const CURSOR = parameter(
  'query',
  'cursor',
  { type: 'string', maxLength: 100 },
  'Where a page starts, out of the Link header',
);

/** How many items a page has at most. */
export function limitParameter(fallback: number): Json {
  return parameter(
    'query',
    'limit',
    { type: 'integer', minimum: 1, maximum: 1000, default: fallback },
    'How many at most',
  );
}

/** The parameters that name tasks, as `taskFilterOf` reads them. */
export function filterParameters(): Json[] {
  return [
    parameter('query', 'project_id', INT, 'Only tasks of this project'),
    parameter(
      'query',
      'status',
      listOf(negatable(TASK_STATUSES)),
      `Only tasks in these states${NEGATED}`,
      COMMAS,
    ),
    parameter('query', 'task_type', TASK_TYPES, `Only tasks of these types${NEGATED}`, COMMAS),
    parameter('query', 'created_after', TIME, `Only tasks created at this second or later. ${TIMES}`),
    parameter('query', 'created_before', TIME, `Only tasks created before this second. ${TIMES}`),
    parameter('query', 'key', KEY, 'Only the task with this key'),
    parameter(
      'query',
      'key_prefix',
      KEY_PREFIX,
      `Only tasks with a key that begins with these segments of a path: ${KEY_PREFIX_LEVELS_MAX} at most, each with a / after it`,
    ),
  ];
}

/** The same as members of an object, which say of several values that they are a text with commas, or a list. */
export function filterBody(): Json {
  const properties = {
    project_id: INT,
    status: textsOf(TASK_STATUSES),
    task_type: textOrTexts({
      type: 'string',
      maxLength: FILTER_CHARACTERS_MAX,
      examples: [...DEFAULT_TASK_TYPES],
    }),
    created_after: TIME,
    created_before: TIME,
    key: KEY,
    key_prefix: KEY_PREFIX,
  };
  return {
    type: 'object',
    additionalProperties: false,
    minProperties: 1,
    properties: Object.fromEntries(Object.entries(properties).map(([name, json]) => [name, orNull(json)])),
  };
}

/** The parameter by which these members are asked for. */
export function includeParameter(members: readonly TaskInclude[]): Json {
  return parameter('query', 'include', listOf(members), "Members that follow the contract's", COMMAS);
}

function negatable(values: readonly string[]): string[] {
  return [...values, ...values.map((value) => `!${value}`)];
}

function listOf(values: readonly string[]): Json {
  return { type: 'array', minItems: 1, items: { type: 'string', enum: values } };
}

function textsOf(values: readonly string[]): Json {
  const value = `!?(?:${values.join('|')})`;
  return textOrTexts({
    type: 'string',
    maxLength: FILTER_CHARACTERS_MAX,
    pattern: `^${value}(?:,${value})*$`,
  });
}

function textOrTexts(text: Json): Json {
  return { anyOf: [text, { type: 'array', minItems: 1, maxItems: FILTER_VALUES_MAX, items: text }] };
}

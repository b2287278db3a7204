import {
  EXTENSION_CHARACTERS_MAX,
  EXTENSION_NAME,
  EXTENSIONS_MAX,
} from '../../shared/contracts/event-extensions.js';
import { JSON_TYPE } from '../../shared/contracts/event-data.js';
import { TASK_KEY_SHAPE } from '../../shared/contracts/fields.js';
import {
  EVENT_NAME_CHARACTERS_MAX,
  eventAttributesSchema,
  lifecycleDataSchemas,
  LIFECYCLE_EVENT_TYPES,
  OWN_SOURCE_PREFIX,
  type LifecycleEventType,
} from '../../shared/contracts/lifecycle-events.js';
import { BATCH_EVENTS_MAX } from '../../shared/contracts/messages.js';
import { bodyOf, INT, orNull, type Json } from './openapi-parts.js';

const BASE64 = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$';
const NONE: Json = { type: 'null' };

/** A lifecycle event in the JSON form of CloudEvents, one alternative for each type. */
export function eventSchema(taskTypes: readonly string[]): Json {
  const data = lifecycleDataSchemas(taskTypes);
  return { oneOf: LIFECYCLE_EVENT_TYPES.map((type) => eventOf(type, bodyOf(data[type]))) };
}

/** A list of them. */
export function eventsSchema(taskTypes: readonly string[]): Json {
  return { type: 'array', maxItems: BATCH_EVENTS_MAX, items: eventSchema(taskTypes) };
}

function eventOf(type: LifecycleEventType, data: Json): Json {
  const name = { type: 'string', minLength: 1, maxLength: EVENT_NAME_CHARACTERS_MAX };
  const known = {
    specversion: { const: '1.0' },
    id: name,
    source: { ...name, pattern: `^(?!${OWN_SOURCE_PREFIX})` },
    type: { const: type },
    subject: type === 'task.created' ? orNull(CREATED_SUBJECT) : SUBJECT,
    time: orNull({ type: 'string', format: 'date-time' }),
    datacontenttype: orNull({
      type: 'string',
      default: 'application/json',
      pattern: caseless(JSON_TYPE),
      description: 'A media type of JSON',
    }),
    dataschema: orNull({ type: 'string', maxLength: EXTENSION_CHARACTERS_MAX }),
  };
  return {
    type: 'object',
    required: ['specversion', 'id', 'source', 'type', ...(type === 'task.created' ? [] : ['subject'])],
    properties: { ...known, data: {}, data_base64: {} },
    // What else there is, is an extension.
    additionalProperties: EXTENSION,
    propertyNames: { anyOf: [{ pattern: EXTENSION_NAME.source }, { const: 'data_base64' }] },
    maxProperties: Object.keys(eventAttributesSchema.shape).length + 1 + EXTENSIONS_MAX,
    oneOf: dataForms(data),
  };
}

/** The data is there as JSON or as the bytes of it; where every member may be left out, so may the data. */
function dataForms(data: Json): Json[] {
  const base64 = {
    type: 'string',
    contentEncoding: 'base64',
    contentMediaType: 'application/json',
    pattern: BASE64,
    description: 'Instead of data: its JSON',
  };
  const forms = [
    { required: ['data'], properties: { data, data_base64: NONE } },
    { required: ['data_base64'], properties: { data: NONE, data_base64: base64 } },
  ];
  if (data.required !== undefined) return forms;
  return [...forms, { properties: { data: NONE, data_base64: NONE } }];
}

const SUBJECT: Json = {
  type: 'string',
  ...TASK_KEY_SHAPE,
  pattern: '^[1-9][0-9]{0,15}$|[^0-9]',
  description: "The task's id in digits, or the publisher's key",
};

const CREATED_SUBJECT: Json = {
  type: 'string',
  maxLength: TASK_KEY_SHAPE.maxLength,
  pattern: `^$|${TASK_KEY_SHAPE.pattern}`,
  description: "The publisher's key; never an id",
};

const EXTENSION: Json = {
  anyOf: [{ type: 'string', maxLength: EXTENSION_CHARACTERS_MAX }, { type: 'boolean' }, INT, NONE],
};

/** The pattern without its flag, which JSON Schema lacks. */
function caseless({ source }: RegExp): string {
  // Letters that are a class of their own, such as that of \s, stay.
  return source.replace(/\\.|[a-z]/gi, (part) =>
    part.length > 1 ? part : `[${part.toLowerCase()}${part.toUpperCase()}]`,
  );
}

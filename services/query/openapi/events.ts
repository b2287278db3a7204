import { JSON_TYPE } from '../../../shared/core/contracts/event-data.js';
import {
  EXTENSION_CHARACTERS_MAX,
  EXTENSION_NAME,
  EXTENSIONS_MAX,
} from '../../../shared/core/contracts/event-extensions.js';
import { STORED_TYPES, type LifecycleEventType } from '../../../shared/core/contracts/event-types.js';
import { DEFAULT_TASK_TYPES, TASK_KEY_SHAPE } from '../../../shared/core/contracts/fields.js';
import { heartbeatsSchema } from '../../../shared/core/contracts/heartbeats.js';
import {
  EVENT_NAME_CHARACTERS_MAX,
  eventAttributesSchema,
  OWN_SOURCE_PREFIX,
} from '../../../shared/core/contracts/lifecycle-events.js';
import { lifecycleDataSchemas } from '../../../shared/core/contracts/lifecycle-data.js';
import { BATCH_EVENTS_MAX } from '../../../shared/core/contracts/messages.js';
import { creationOf } from './creation.js';
import { bodyOf, definitionOf, INT, NONE, orNull, referTo, type Json } from './parts.js';

const BASE64 = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$';

const DATA = lifecycleDataSchemas(DEFAULT_TASK_TYPES);

/** The events by the names under which the description has them: `TaskCreated`, and so on. */
const NAMES: ReadonlyMap<LifecycleEventType, string> = STORED_TYPES;

/** A lifecycle event in the JSON form of CloudEvents. */
export const EVENT: Json = {
  oneOf: [...NAMES.values()].map(referTo),
  discriminator: {
    propertyName: 'type',
    mapping: Object.fromEntries([...NAMES].map(([type, name]) => [type, referTo(name).$ref])),
  },
};

/** Tasks that somebody is at work on. */
export const HEARTBEATS: Json = definitionOf(heartbeatsSchema);

/** A list of them. */
export const EVENTS: Json = { type: 'array', maxItems: BATCH_EVENTS_MAX, items: EVENT };

/** What the description has of them under names. */
export function eventComponents(): Record<string, Json> {
  const parts = [...NAMES].flatMap(([type, name]) => {
    const data = dataJson(type);
    const needsData = data.required !== undefined || type === 'task.progressed';
    return [
      [name, eventOf(type, referTo(dataNameOf(name)), needsData)],
      [dataNameOf(name), data],
    ];
  });
  return Object.fromEntries(parts) as Record<string, Json>;
}

function dataJson(type: LifecycleEventType): Json {
  if (type === 'task.created') return creationOf(DATA[type]);
  const data = bodyOf(DATA[type]);
  const task = orNull(referTo(dataNameOf('TaskCreated')));
  const whole = { ...data, properties: { ...(data.properties as Json), task } };
  return type === 'task.progressed' ? { ...whole, not: { anyOf: PROGRESSED_FAULTS } } : whole;
}

/** There is progress, or a message, or both; a total goes with progress, and a level with a message. */
const PROGRESSED_FAULTS: readonly Json[] = [
  { properties: { progress: { const: null }, message: { const: null } } },
  { required: ['total'], properties: { total: { type: 'integer' }, progress: { const: null } } },
  { required: ['level'], properties: { level: { type: 'string' }, message: { const: null } } },
];

function dataNameOf(name: string): string {
  return `${name}Data`;
}

function eventOf(type: LifecycleEventType, data: Json, needsData: boolean): Json {
  const name = { type: 'string', minLength: 1, maxLength: EVENT_NAME_CHARACTERS_MAX };
  const known = {
    specversion: { type: 'string', const: '1.0' },
    id: name,
    source: { ...name, not: { pattern: `^${OWN_SOURCE_PREFIX}` } },
    type: { type: 'string', const: type },
    subject: type === 'task.created' ? orNull(CREATED_SUBJECT) : SUBJECT,
    time: orNull({ type: 'string', format: 'date-time' }),
    datacontenttype: orNull({
      type: 'string',
      pattern: caseless(JSON_TYPE),
      description: 'A media type of JSON; application/json where there is none',
    }),
    dataschema: orNull({ type: 'string', maxLength: EXTENSION_CHARACTERS_MAX }),
  };
  return {
    type: 'object',
    required: ['specversion', 'id', 'source', 'type', ...(type === 'task.created' ? [] : ['subject'])],
    properties: { ...known, data: orNull(data), data_base64: orNull(DATA_BASE64) },
    // What else there is, is an extension.
    additionalProperties: EXTENSION,
    propertyNames: { anyOf: [{ pattern: EXTENSION_NAME.source }, { const: 'data_base64' }] },
    maxProperties: Object.keys(eventAttributesSchema.shape).length + 1 + EXTENSIONS_MAX,
    not: needsData ? { anyOf: [BOTH, NEITHER] } : BOTH,
  };
}

/** The data is there as JSON or as the bytes of it; where every member may be left out, so may the data. */
const DATA_BASE64: Json = {
  type: 'string',
  contentEncoding: 'base64',
  contentMediaType: 'application/json',
  pattern: BASE64,
  description: 'Instead of data: its JSON',
};
const BOTH: Json = {
  required: ['data', 'data_base64'],
  properties: { data: { type: 'object' }, data_base64: { type: 'string' } },
};
const NEITHER: Json = { properties: { data: { const: null }, data_base64: { const: null } } };

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

import { z } from 'zod';
import type { EndpointName } from '../endpoints.js';
import { components } from './registry.js';

/** A part of the description. */
export type Json = Record<string, unknown>;

/** Where the next page is. */
export const pageHeaders: Json = {
  Link: {
    description:
      'The next page, rel="next" (RFC 8288); absent on the last one. A page before it can have fewer items than the limit',
    schema: { type: 'string' },
  },
};

/** How fresh an answer is. */
export const freshnessHeaders: Json = {
  'Taskledger-Position': {
    description: 'How far into the ledger the answer reaches',
    schema: { type: 'string' },
  },
  'Taskledger-Lag-Ms': { description: 'How far it is behind, in milliseconds', schema: { type: 'integer' } },
};

/** What a list says beside its items. */
export const listHeaders: Json = { ...pageHeaders, ...freshnessHeaders };

/** Where that is which an answer is about. */
export const placeHeaders: Json = { Location: { description: 'Its path', schema: { type: 'string' } } };

/** An int that a double holds exactly. */
export const INT: Json = {
  type: 'integer',
  format: 'int64',
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
};

/** A count, or a place in a list. */
export const COUNT: Json = { ...INT, minimum: 0 };

/** `null`, as a member that can't be anything else. */
export const NONE: Json = { type: 'null' };

/** What the operations are about. */
export const TAGS = {
  tasks: 'What the jobs are doing, and the switch that cancels one',
  events: "What pipelines say of their jobs' lives",
  cancellations: 'Cancels of many tasks: previewed, then carried out',
  service: 'The process itself',
};

/** What an endpoint does. */
export function operation(
  tag: keyof typeof TAGS,
  [summary, description]: readonly [string, string],
  rest: Json,
): Json {
  return { tags: [tag], summary, description, ...rest };
}

/** What can be done next with the resource that an answer shows, by its id. */
export function linksTo(...operationIds: readonly EndpointName[]): Json {
  const parameters = { id: '$response.body#/data/id' };
  return Object.fromEntries(operationIds.map((operationId) => [operationId, { operationId, parameters }]));
}

/** A body, by its media types. */
export function requestBody(schemas: Record<string, Json>): Json {
  const content = Object.entries(schemas).map(([type, schema]) => [type, { schema }]);
  return { required: true, content: Object.fromEntries(content) as Json };
}

/** The same of a body that may be left out: then, or as `null`, it is an object without members. */
export function optionalBody(schemas: Record<string, Json>): Json {
  const bodies = Object.entries(schemas).map(([type, schema]) => [type, orNull(schema)]);
  return { ...requestBody(Object.fromEntries(bodies) as Record<string, Json>), required: false };
}

/** The envelope that every answer of the API is in. */
export function envelope(data: z.ZodType | Json): Json {
  return {
    type: 'object',
    required: ['code', 'message', 'data'],
    additionalProperties: false,
    properties: {
      code: { type: 'integer', format: 'int32' },
      message: { type: 'string' },
      data: schemaOf(data),
    },
  };
}

/** An answer in the envelope. */
export function answer(description: string, data: z.ZodType | Json): Json {
  return { description, content: { 'application/json': { schema: envelope(data) } } };
}

/** An answer that is no success: the header says why to programs, the message to people. */
export function refused(description: string, schema: Json = referTo('Refusal')): Json {
  return { description, content: { 'application/json': { schema } }, headers: reasonHeader };
}

const reasonHeader: Json = {
  'Taskledger-Reason': {
    description: 'Why, as a stable code',
    required: true,
    schema: { $ref: '#/components/schemas/Reason' },
  },
};

/** The JSON schema of a body: what may be left out of an object may be `null` too, as `withoutNulls` has it. */
export function bodyOf(schema: z.ZodObject): Json {
  const json = definitionOf(schema);
  const properties = { ...(json.properties as Record<string, Json>) };
  for (const [name, field] of Object.entries<z.ZodType>(schema.shape)) {
    if (field instanceof z.ZodOptional) properties[name] = orNull(properties[name] ?? {});
    else if (field instanceof z.ZodObject) properties[name] = bodyOf(field);
  }
  return { ...json, properties };
}

/** The same value, or `null`. */
export function orNull(json: Json): Json {
  const { type, ...rest } = json;
  // A description that stays outside is found where it was.
  if (typeof type === 'string' && !('enum' in rest) && !('const' in rest))
    return { type: [type, 'null'], ...rest };
  const { anyOf = [json] } = json as { anyOf?: Json[] };
  return { anyOf: [...anyOf, NONE] };
}

/** What the description has under a name, by a reference to it. */
export function referTo(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

/** The JSON schema of what a zod schema takes: a reference where it has a name. */
export function schemaOf(schema: z.ZodType | Json): Json {
  if (!(schema instanceof z.ZodType)) return schema;
  const name = components.get(schema)?.name;
  return name === undefined ? definitionOf(schema) : referTo(name);
}

/** The same, written out. What it is made of has its names. */
export function definitionOf(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const name = (zodSchema as unknown) === schema ? undefined : components.get(zodSchema)?.name;
      if (name === undefined) complete(zodSchema._zod.def.type, jsonSchema);
      else become(jsonSchema, referTo(name));
    },
  }) as Json;
  return json;
}

/** Says what zod leaves out. */
function complete(type: string, json: Json): void {
  // The only checks of our own are those for an object that is carried as it came.
  if (type === 'custom') json.type = 'object';
  if (json.type === 'integer') json.format = 'int64';
  // Values that are set up for each server are shown by examples.
  if (json.examples !== undefined) delete json.enum;
  const [value, none] = (json.anyOf ?? []) as Json[];
  if (none?.type !== 'null' || value === undefined) return;
  const { anyOf: _, ...more } = json;
  become(json, { ...orNull(value), ...more });
}

function become(json: Json, other: Json): void {
  for (const member of Object.keys(json)) delete json[member];
  Object.assign(json, other);
}

import { z } from 'zod';

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

/** What a list says beside its items. */
export const listHeaders: Json = {
  ...pageHeaders,
  'Taskledger-Position': {
    description: 'How far into the ledger the list reaches',
    schema: { type: 'string' },
  },
  'Taskledger-Lag-Ms': { description: 'How far it is behind, in milliseconds', schema: { type: 'integer' } },
};

/** Where that is which an answer is about. */
export const placeHeaders: Json = { Location: { description: 'Its path', schema: { type: 'string' } } };

/** An int that a double holds exactly. */
export const INT: Json = {
  type: 'integer',
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
};

/** A count, or a place in a list. */
export const COUNT: Json = { ...INT, minimum: 0 };

/** What a method of a path does. */
export function operation(operationId: string, summary: string, rest: Json): Json {
  return { operationId, summary, ...rest };
}

/** A body, by its media types. */
export function requestBody(schemas: Record<string, z.ZodType | Json>): Json {
  const content = Object.entries(schemas).map(([type, schema]) => [type, { schema: bodyOf(schema) }]);
  return { required: true, content: Object.fromEntries(content) as Json };
}

/** The same of a body that may be left out: then, or as `null`, it is an object without members. */
export function optionalBody(schemas: Record<string, z.ZodType | Json>): Json {
  const bodies = Object.entries(schemas).map(([type, schema]) => [type, orNull(bodyOf(schema))]);
  return { ...requestBody(Object.fromEntries(bodies) as Record<string, Json>), required: false };
}

/** An answer in the envelope. */
export function answer(description: string, data: z.ZodType | Json): Json {
  const schema = {
    type: 'object',
    required: ['code', 'message', 'data'],
    additionalProperties: false,
    properties: { code: { type: 'integer' }, message: { type: 'string' }, data: schemaOf(data) },
  };
  return { description, content: { 'application/json': { schema } } };
}

/** An answer that is no success: the header says why to programs, the message to people. */
export function refused(what: string, data: z.ZodType | Json = { type: 'null' }): Json {
  return { ...answer(what, data), headers: reasonHeader };
}

const reasonHeader: Json = {
  'Taskledger-Reason': {
    description: 'Why, as a stable code',
    required: true,
    schema: { $ref: '#/components/schemas/Reason' },
  },
};

/** The JSON schema of a body: what may be left out of an object may be `null` too, as `withoutNulls` has it. */
export function bodyOf(schema: z.ZodType | Json): Json {
  const json = schemaOf(schema);
  if (!(schema instanceof z.ZodObject)) return json;
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
  return { anyOf: [json, { type: 'null' }] };
}

/** The JSON schema of what a zod schema takes. */
export function schemaOf(schema: z.ZodType | Json): Json {
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

import { writeFileSync } from 'node:fs';
import { openApiDocument } from '../services/query/openapi/document.js';
import type { Json } from '../services/query/openapi/parts.js';
import { LEDGER_INCLUDES } from '../services/query/tasks/ledger-includes.js';
import { FAMILY_INCLUDES } from '../services/query/tasks/task-family.js';

/** Where the types stand: the page and the client import nothing of the server, so each has them for itself. */
export const WIRE_FILES = ['services/dashboard/api/wire.ts', 'clients/typescript/src/wire.ts'];

/** What is made, by the names that the description has for it. */
const NAMES = [
  ...[
    'TaskItem',
    'Task',
    'HistoryEntry',
    'History',
    'TaskAttempt',
    'UnheardAttempts',
    'TaskCancel',
    'TaskMessage',
    'Messages',
    'TaskError',
    'Errors',
    'CountsByStatus',
    'Stats',
  ],
  ...['Cancellation', 'ListedCancellation', 'TaskOutcome', 'CreateTaskRequest'],
];

/**
 * What goes over the wire, as TypeScript, made of the description of the API: the types of its answers and of
 * a creation, and the names that a request has a choice of.
 */
export function wireTypes(): string {
  const { components, paths } = openApiDocument('') as unknown as Described;
  const { schemas } = components;
  const include = (path: string): Json => {
    const named = paths[path]?.get?.parameters?.find(({ name }) => name === 'include');
    return (named?.schema as { items: Json }).items;
  };
  const members = (schema: Json | undefined): string[] => Object.keys(schema?.properties ?? {});
  const preview = schemas.PreviewRequest?.properties as Record<string, Json>;
  const body = paths['/api/v1/events']?.post?.requestBody?.content['application/cloudevents+json'];
  const { mapping } = body?.schema.discriminator as { mapping: Json };
  return [
    '// Made by `npm run wire-types` from the description of the API; not to be changed by hand.\n',
    JSON_TYPES,
    ...NAMES.map((name) => interfaceOf(name, schemas[name] as Json)),
    list('LIST_INCLUDES', 'What `include` can add to the items of a list.', include('/api/v1/tasks').enum),
    list('STREAM_INCLUDES', 'The same of a stream.', include('/api/v1/tasks/stream').enum),
    list(
      'DETAIL_INCLUDES',
      'The same of a detail, but for what is looked up each time.',
      (include('/api/v1/tasks/{id}').enum as string[]).filter((name) => !isOfDetailAlone(name)),
    ),
    list('FILTER_MEMBERS', 'What says which tasks.', members(preview.filter)),
    list('CREATION_MEMBERS', 'What a task is created with.', members(schemas.CreateTaskRequest)),
    list('EVENT_TYPES', 'The types of lifecycle events.', Object.keys(mapping)),
  ].join('\n');
}

function isOfDetailAlone(name: string): boolean {
  return [...LEDGER_INCLUDES, ...FAMILY_INCLUDES].some((include) => include === name);
}

/** As much of the description as is looked at. */
interface Described {
  components: { schemas: Record<string, Json> };
  paths: Record<string, Partial<Record<string, Operation>>>;
}

interface Operation {
  parameters?: Json[];
  requestBody?: { content: Record<string, { schema: Json }> };
}

const JSON_TYPES = `/** A value that JSON can carry. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  [member: string]: JsonValue | undefined;
}
`;

function list(name: string, description: string, values: unknown): string {
  const lines = (values as string[]).map((value) => `  '${value}',\n`);
  return `/** ${description} */\nexport const ${name} = [\n${lines.join('')}] as const;\n`;
}

function interfaceOf(name: string, schema: Json): string {
  return `/** \`${name}\` of the description. */\nexport interface ${name} ${objectType(schema, '')}\n`;
}

function objectType({ properties, required = [] }: Json, indent: string): string {
  const lines = Object.entries(properties as Record<string, Json>).map(([name, schema]) => {
    const inner = `${indent}  `;
    const description = schema.description as string | undefined;
    const comment = description === undefined ? '' : `${inner}/** ${description}. */\n`;
    const mark = (required as string[]).includes(name) ? '' : '?';
    return `${comment}${inner}${name}${mark}: ${typeOf(schema, inner)};\n`;
  });
  return `{\n${lines.join('')}${indent}}`;
}

function typeOf(schema: Json, indent: string): string {
  const { $ref, type, anyOf } = schema;
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1);
  if (schema.enum !== undefined) return (schema.enum as string[]).map((value) => `'${value}'`).join(' | ');
  if (anyOf !== undefined) return (anyOf as Json[]).map((one) => typeOf(one, indent)).join(' | ');
  if (Array.isArray(type))
    return type.map((one: unknown) => typeOf({ ...schema, type: one }, indent)).join(' | ');
  switch (type) {
    case 'array':
      return listOf(typeOf(schema.items as Json, indent));
    case 'object':
      if (schema.properties !== undefined) return objectType(schema, indent);
      if (typeof schema.additionalProperties !== 'object') return 'JsonObject';
      return `Record<string, ${typeOf(schema.additionalProperties as Json, indent)}>`;
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    default:
      throw new Error(`No type is known for ${JSON.stringify(schema)}`);
  }
}

function listOf(item: string): string {
  return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
}

if (process.argv[1]?.endsWith('wire-types.js'))
  for (const file of WIRE_FILES) writeFileSync(file, wireTypes());

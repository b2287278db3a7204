import { expect } from '@jest/globals';
import formats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { openApiDocument } from '../../services/query/openapi/document.js';

type Json = Record<string, any>;

const document = openApiDocument('0.0.0');
const ajv = new Ajv2020({ strict: false });
(formats as unknown as (ajv: Ajv2020, names: string[]) => void)(ajv, ['date-time', 'uuid']);
// Ints hold what a double holds exactly; their bounds say so.
for (const format of ['int32', 'int64']) ajv.addFormat(format, true);
ajv.addSchema(document, 'openapi');

/** The operations by method and a pattern of the path; what is written out comes before a parameter. */
const OPERATIONS = Object.entries<Json>(document.paths as Json)
  .sort(([one], [other]) => Number(one.includes('{')) - Number(other.includes('{')))
  .map(([path, methods]) => ({
    path,
    methods,
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`),
  }));

const validators = new Map<string, ValidateFunction>();

/** Fails unless an answer is one that the description has for the operation: its status, headers, type and body. */
export async function holdToOpenApi(method: string, path: string, response: Response): Promise<void> {
  const found = OPERATIONS.find(({ pattern }) => pattern.test(path));
  const operation = found?.methods[method.toLowerCase()] as Json | undefined;
  if (found === undefined || operation === undefined) return;
  const { status } = response;
  const said = operation.responses[status] as Json | undefined;
  const where = `${method} ${found.path} ${status}`;
  if (said === undefined)
    throw new Error(`${where} is not in the description: ${await response.clone().text()}`);
  for (const [name, { required }] of Object.entries<Json>(said.headers ?? {})) {
    if (required === true && !response.headers.has(name)) throw new Error(`${where} lacks ${name}`);
  }
  const type = response.headers.get('content-type')?.split(';', 1)[0] ?? '';
  if (said.content === undefined) return;
  expect(Object.keys(said.content as Json)).toContain(type);
  if (type !== 'application/json') return;
  const body: unknown = await response.clone().json();
  const pointer = ['paths', found.path, method.toLowerCase(), 'responses', status, 'content', type, 'schema'];
  const validate = validatorOf(`openapi#/${pointer.map(escaped).join('/')}`);
  if (!validate(body)) {
    const faults = ajv.errorsText(validate.errors, { dataVar: '' });
    throw new Error(`${where} is not as described: ${faults}: ${JSON.stringify(body).slice(0, 500)}`);
  }
}

function validatorOf(ref: string): ValidateFunction {
  const known = validators.get(ref) ?? ajv.compile({ $ref: ref });
  validators.set(ref, known);
  return known;
}

function escaped(part: string | number): string {
  return encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'));
}

import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { describeIssue } from '../../../shared/core/contracts/issues.js';
import { withoutNulls } from '../../../shared/core/contracts/left-out.js';
import { parseStrictJson } from '../../../shared/core/contracts/strict-json.js';
import { requireMediaType } from './media-type.js';

/**
 * Reads a JSON body by a schema.
 *
 * @throws InvalidRequestError that names the member and what is allowed.
 * @throws HttpError 415 for another media type than JSON's.
 */
export function jsonBody<Output>(request: IncomingMessage, body: string, schema: z.ZodType<Output>): Output {
  requireMediaType(request, 'application/json');
  return read(parseStrictJson(body), schema);
}

/** The same of a body that may be left out: none, and `null`, are as an object without members. */
export function optionalJsonBody<Output>(
  request: IncomingMessage,
  body: string,
  schema: z.ZodType<Output>,
): Output {
  if (body === '') return read({}, schema);
  requireMediaType(request, 'application/json');
  return read(parseStrictJson(body) ?? {}, schema);
}

function read<Output>(value: unknown, schema: z.ZodType<Output>): Output {
  const parsed = schema.safeParse(withoutNulls(value, schema));
  if (!parsed.success) throw new InvalidRequestError(describeIssue(parsed.error));
  return parsed.data;
}

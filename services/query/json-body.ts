import type { z } from 'zod';
import { InvalidRequestError } from '../../shared/contracts/errors.js';
import { describeIssue } from '../../shared/contracts/issues.js';
import { parseStrictJson } from '../../shared/contracts/strict-json.js';

/**
 * Reads a JSON body by a schema.
 *
 * @throws InvalidRequestError that names the member and what is allowed.
 */
export function parseBody<Output>(body: string, schema: z.ZodType<Output>): Output {
  const parsed = schema.safeParse(parseStrictJson(body));
  if (!parsed.success) throw new InvalidRequestError(describeIssue(parsed.error));
  return parsed.data;
}

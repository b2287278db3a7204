import type { z } from 'zod';
import { bodyOf, type Json } from './parts.js';

const BOTH: Json = {
  required: ['project_id', 'project'],
  properties: { project_id: { type: 'integer' }, project: { type: 'string' } },
};
const NEITHER: Json = { properties: { project_id: { const: null }, project: { const: null } } };

/** The JSON schema of what a task is created with: its project stands there by its id or by its name. */
export function creationOf(schema: z.ZodObject): Json {
  return { ...bodyOf(schema), not: { anyOf: [BOTH, NEITHER] } };
}

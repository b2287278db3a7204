import { z } from 'zod';
import { isJsonObject } from './strict-json.js';

/**
 * The value without the members that are `null` and may be left out: that is the same, and what serializers of several
 * languages write for what is not set.
 *
 * @param schema That the value is to be read by.
 */
export function withoutNulls(value: unknown, schema: z.ZodType): unknown {
  if (schema instanceof z.ZodOptional) return withoutNulls(value, schema.unwrap() as z.ZodType);
  if (!isJsonObject(value) || !(schema instanceof z.ZodObject)) return value;
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const field = schema.shape[name] as z.ZodType | undefined;
    if (value[name] === null && field instanceof z.ZodOptional) continue;
    kept[name] = field === undefined ? value[name] : withoutNulls(value[name], field);
  }
  return kept;
}

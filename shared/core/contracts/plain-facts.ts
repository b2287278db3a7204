import { z } from 'zod';
import type { JsonObject } from '../domain/json.js';
import { RECOGNISED_FIELDS, type Recognises } from './fields.js';

/** Takes `data` that is plain and well formed; `undefined` for what the schema has to look at. */
export type PlainFacts = (data: JsonObject) => JsonObject | undefined;

/** How one member is recognised. */
interface PlainMember {
  name: string;
  recognises: Recognises;
  required: boolean;
}

/**
 * Makes what a schema of `data` gives for nearly everything that is sent, in a tenth of its time: its members are looked at
 * one by one, in the order of the schema, as its fields say in `RECOGNISED_FIELDS`. Whatever is not recognised, be it wrong
 * or only unusual, is left to the schema, which has the last word.
 */
export function plainFacts(schema: z.ZodObject): PlainFacts {
  const members = Object.entries(schema.shape).map(([name, field]) => plainMember(name, field as z.ZodType));
  const holds = RECOGNISED_FIELDS.get(schema);
  return (data) => {
    const facts: JsonObject = {};
    let known = 0;
    for (const { name, recognises, required } of members) {
      const value = data[name];
      if (value === undefined || value === null) {
        if (required) return undefined;
        // The same as left out.
        if (value === null) known++;
        continue;
      }
      if (!recognises(value)) return undefined;
      facts[name] = value;
      known++;
    }
    // Parsed JSON inherits nothing that could be enumerated.
    for (const _ in data) known--;
    return known === 0 && (holds === undefined || holds(facts)) ? facts : undefined;
  };
}

function plainMember(name: string, field: z.ZodType): PlainMember {
  const required = !(field instanceof z.ZodOptional);
  const inner = required ? field : field.unwrap();
  if (inner instanceof z.ZodEnum) {
    const options: ReadonlySet<unknown> = new Set(inner.options);
    return { name, recognises: (value) => options.has(value), required };
  }
  // Of an object it is said what its members are together, and not what each of them is.
  const recognises = inner instanceof z.ZodObject ? undefined : RECOGNISED_FIELDS.get(inner);
  return { name, recognises: recognises ?? never, required };
}

function never(): boolean {
  return false;
}

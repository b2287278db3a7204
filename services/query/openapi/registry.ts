import { z } from 'zod';

/** What the description of the API has under a name of its own. */
export const components = z.registry<{ name: string }>();

/** Gives a schema a name under which it stands in the description once. */
export function component<Schema extends z.ZodType>(name: string, schema: Schema): Schema {
  components.add(schema, { name });
  return schema;
}

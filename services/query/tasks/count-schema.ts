import { z } from 'zod';
import { COUNTED_TASKS_MAX } from '../../../shared/core/ports/read-model.js';
import { component } from '../openapi/registry.js';

/** How many tasks some filters let through. */
export const taskCountSchema = component(
  'TaskCount',
  z.object({
    count: z.int().min(0).max(COUNTED_TASKS_MAX),
    exact: z.boolean().meta({
      description: `Whether these are all. Where count is ${COUNTED_TASKS_MAX} and this is false there are more; where it is less, at least so many`,
    }),
  }),
);

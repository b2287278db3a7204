import { z } from 'zod';
import { component } from '../openapi/registry.js';
import { taskItemSchema } from '../tasks/schemas.js';

/** What became of a task between two moments. */
export const DIFFERENCES = ['appeared', 'ended', 'changed'] as const;

/** One task that was not the same at two moments. */
export const taskDifferenceSchema = component(
  'TaskDifference',
  z.object({
    id: z.int(),
    difference: z.enum(DIFFERENCES).meta({
      description:
        'appeared: it was not there before, whatever became of it since; ended: it came to a final state',
    }),
    from: taskItemSchema.nullable().meta({ description: 'As it was at first; null where it was not there' }),
    to: taskItemSchema.meta({ description: 'As it was at last' }),
  }),
);

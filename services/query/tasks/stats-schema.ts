import { z } from 'zod';
import { component } from '../openapi/registry.js';

const countField = z.int().min(0);
/** How many tasks are in each state. */
export const byStatusSchema = component(
  'CountsByStatus',
  z.object({
    pending: countField,
    running: countField,
    completed: countField,
    failed: countField,
    cancelled: countField,
  }),
);
const silentField = countField.meta({
  description: 'Of those that run: not heard of for longer than was promised',
});
const durationField = z.int().min(0).nullable().meta({ description: 'To 1 %; null while count is 0' });

/** What is counted of the tasks. */
export const statsSchema = component(
  'Stats',
  z.object({
    position: z
      .string()
      .nullable()
      .meta({ description: 'Every event up to here is counted, and none after it' }),
    total: countField,
    by_status: byStatusSchema,
    silent: silentField,
    by_type: z.record(
      z.string(),
      z.object({
        total: countField,
        by_status: byStatusSchema,
        silent: silentField,
        duration_ms: z.object({
          count: countField.meta({ description: 'Tasks that were completed after a start' }),
          median: durationField,
          p95: durationField,
        }),
      }),
    ),
    by_project: z
      .array(
        z.object({ project_id: z.int(), total: countField, by_status: byStatusSchema, silent: silentField }),
      )
      .optional()
      .meta({ description: 'At most 1000, by id; without project_id only' }),
  }),
);

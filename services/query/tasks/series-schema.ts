import { z } from 'zod';
import { component } from '../openapi/registry.js';

const countField = z.int().min(0);
const counts = { total: countField, counts: z.array(countField) };

/** What is shown of a series. */
export const seriesSchema = component(
  'Series',
  z.object({
    position: z.string().nullable().meta({ description: 'Every event up to here is counted' }),
    by: z.enum(['minute', 'hour', 'day']),
    of: z.enum(['created', 'started', 'ended']),
    from: z.iso.datetime().meta({ description: 'When the first interval begins' }),
    interval_s: z.int().min(60).meta({ description: 'How long each interval is, in seconds' }),
    kept_from: z.iso.datetime().nullable().meta({ description: 'The earliest time that can be asked for' }),
    total: countField,
    counts: z.array(countField).meta({ description: 'One of each interval, 0 where there was nothing' }),
    groups: z
      .array(
        z.object({
          status: z.enum(['completed', 'failed', 'cancelled']).optional(),
          task_type: z.string().optional(),
          project_id: z.int().optional(),
          ...counts,
        }),
      )
      .optional()
      .meta({ description: 'With group only: the same of each, the largest first, 50 at most' }),
    others: z
      .object(counts)
      .optional()
      .meta({ description: 'What all further groups have together, where there are more' }),
  }),
);

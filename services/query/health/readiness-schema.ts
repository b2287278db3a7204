import { z } from 'zod';
import { component } from '../openapi/registry.js';

/** What `/health/ready` says: how each part of the process is. */
export const readinessSchema = component(
  'Readiness',
  z.object({
    ready: z.boolean(),
    parts: z.record(
      z.string(),
      z.looseObject({
        ok: z.boolean(),
        error: z.string().optional(),
        position: z.string().nullish().meta({ description: 'How far the projector has come' }),
        lag_ms: z.number().optional(),
        lag_events: z.number().optional(),
        caught_up: z.boolean().optional(),
        parked_streams: z.number().optional(),
      }),
    ),
  }),
);

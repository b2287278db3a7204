import { z } from 'zod';
import type { HealthEndpoint } from '../endpoints.js';
import { readinessSchema } from '../health/readiness-schema.js';
import { answer, envelope, operation, refused, type Json } from './parts.js';
import { ANY } from './refusals.js';

/** What is asked of the process itself. */
export function serviceOperations(): Record<HealthEndpoint, Json> {
  return {
    live: operation('service', ['Is it alive?', 'Whether the process answers. It asks nothing of others.'], {
      responses: { 200: answer('It does', z.object({ live: z.literal(true) })), ...ANY },
    }),
    ready: operation('service', ['Is it ready?', 'Whether requests can be served, part by part.'], {
      responses: {
        200: answer('Ready', readinessSchema),
        503: refused('Not ready', envelope(readinessSchema)),
        ...ANY,
      },
    }),
    metrics: operation('service', ['Show metrics', 'In the text format of Prometheus.'], {
      responses: {
        200: { description: 'Metrics', content: { 'text/plain': { schema: { type: 'string' } } } },
        ...ANY,
      },
    }),
  };
}

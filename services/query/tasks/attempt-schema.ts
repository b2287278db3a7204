import { z } from 'zod';
import { fullTimeField } from '../../../shared/core/contracts/fields.js';
import { component } from '../openapi/registry.js';

/** One attempt of a task, as a detail shows it. */
export const taskAttemptSchema = component(
  'TaskAttempt',
  z.object({
    number: z.int().min(1),
    started_at: fullTimeField
      .nullable()
      .meta({ description: 'When it was first heard to run; null where it was only heard to end' }),
    ended_at: fullTimeField.nullable(),
    outcome: z
      .enum(['running', 'failed', 'completed', 'cancelled', 'unknown'])
      .meta({ description: 'unknown where the next one began and nothing was heard of its end' }),
    worker: z.string().nullable(),
    error_type: z.string().nullable(),
    error_message: z.string().nullable(),
    retry_at: fullTimeField.nullable().meta({ description: 'When the next one was said to come' }),
    begun: z.int().min(1).meta({ description: 'How often it began: more than once after a crash' }),
  }),
);

/** Attempts that nothing was ever heard of. */
export const unheardAttemptsSchema = component(
  'UnheardAttempts',
  z.object({ from: z.int().min(1), to: z.int().min(1), outcome: z.literal('unknown') }),
);

/** A task's attempts. */
export const attemptsField = z
  .array(z.union([taskAttemptSchema, unheardAttemptsSchema]))
  .meta({ description: 'Its last 100 attempts, oldest first, out of the ledger' });

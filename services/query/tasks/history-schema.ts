import { z } from 'zod';
import { fullTimeField, objectField, taskIdField } from '../../../shared/core/contracts/fields.js';
import { component } from '../openapi/registry.js';
import { taskCancelSchema } from './cancel-schema.js';

/** One entry of a task's history. */
export const historyEntrySchema = component(
  'HistoryEntry',
  z.object({
    revision: z.int().meta({ description: "Place in the task's stream, from 0" }),
    position: z.string().meta({ description: 'Place in the whole ledger: opaque, ordered as text' }),
    type: z.string(),
    damage: z
      .string()
      .optional()
      .meta({ description: 'Why nothing but its place is known: its bytes are not those that were written' }),
    occurred_at: fullTimeField.nullable().meta({ description: 'When it happened, as the publisher said' }),
    recorded_at: fullTimeField.nullable().meta({ description: 'null when it is damaged' }),
    source: z.string(),
    event_id: z.string(),
    attempt: z.int().nullable(),
    principal: z.string(),
    hash: z.string(),
    prev: z.string().meta({ description: 'The hash of the event before it; empty for the first' }),
    data: objectField,
    erased: z.array(z.string()).meta({ description: 'Members of data whose value was erased; null there' }),
    after: objectField.nullable().meta({ description: "The task's state after it" }),
    metadata: z.record(z.string(), z.string()).meta({ description: 'All that is known beside the data' }),
  }),
);

/** A part of a task's history. */
export const historySchema = component(
  'History',
  z.object({
    task_id: taskIdField,
    intact: z
      .boolean()
      .meta({ description: 'Whether all that is shown verifies, each event with the one before it' }),
    fault: z.string().optional().meta({ description: 'What is wrong with the first that does not' }),
    events: z.array(historyEntrySchema),
    evidence: z
      .array(historyEntrySchema)
      .meta({ description: 'Late and illegal events, which changed nothing, and the receipt of a cancel' }),
    cancel: taskCancelSchema
      .optional()
      .meta({ description: 'What is known of its cancel; left out without one' }),
  }),
);

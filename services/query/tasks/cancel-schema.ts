import { z } from 'zod';
import { fullTimeField } from '../../../shared/core/contracts/fields.js';
import { component } from '../openapi/registry.js';

const said = {
  position: z.string().meta({ description: 'Place in the whole ledger: opaque, ordered as text' }),
  recorded_at: fullTimeField,
  occurred_at: fullTimeField.nullable().meta({ description: 'When it happened, as the publisher said' }),
  principal: z.string().meta({ description: 'Who said so' }),
  authenticated_by: z.string().meta({ description: 'How that was checked; none is not at all' }),
  source: z.string(),
  event_id: z.string(),
  attempt: z.int().nullable(),
  reason: z.string().nullable(),
  erased: z.boolean().meta({ description: 'Whether there was a reason, and its value was erased' }),
};

/** What is known of a task's cancel. */
export const taskCancelSchema = component(
  'TaskCancel',
  z.object({
    outcome: z
      .enum(['honoured', 'too_late', 'unheard', 'reported'])
      .meta({ description: 'How the worker took it, by what was heard first' }),
    requested: z
      .object({
        ...said,
        cancellation_id: z
          .string()
          .nullable()
          .meta({ description: 'The cancellation of many tasks that it was a part of' }),
        was_running: z.boolean(),
      })
      .meta({ description: 'Who wanted it, and why' }),
    receipt: z
      .object({ ...said, stopped_after_ms: z.int().min(0) })
      .nullable()
      .meta({ description: 'What the worker said when it stopped' }),
    too_late: z
      .object({ ...said, type: z.string() })
      .nullable()
      .meta({ description: 'The end that it came to all the same' }),
  }),
);

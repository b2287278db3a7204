import { z } from 'zod';
import { taskIdField } from '../../../shared/core/contracts/fields.js';
import { REASON_NAMES, REASONS, type Reason } from '../../../shared/core/contracts/reasons.js';
import { statusOf } from '../http/statuses.js';
import { component } from '../openapi/registry.js';

/** Why something was answered as it was. */
export const reasonField = component('Reason', z.enum(REASON_NAMES).meta({ description: reasonsText() }));

/** The list of reasons, as a description has it: in Markdown. */
function reasonsText(): string {
  const lines = Object.entries(REASONS).map(
    ([reason, meaning]) => `- \`${reason}\` (${statusOf(reason as Reason)}): ${meaning}`,
  );
  return `Why, as a stable code:\n\n${lines.join('\n')}`;
}

/** What became of one event. */
export const eventOutcomeSchema = component(
  'EventOutcome',
  z.object({
    event_id: z.string().nullable(),
    outcome: z.enum(['accepted', 'duplicate', 'rejected', 'unavailable']),
    task_id: taskIdField.nullable(),
    code: z.int(),
    reason: reasonField,
    message: z.string().meta({ description: 'The same for people' }),
    position: z
      .string()
      .nullable()
      .meta({ description: 'Of what is accepted: give it as min_position, and what is read shows it' }),
  }),
);

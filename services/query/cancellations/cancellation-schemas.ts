import { z } from 'zod';
import { fullTimeField, taskIdField } from '../../../shared/core/contracts/fields.js';
import { bulkCancelIdField, cancelRequestSchema } from '../../../shared/core/contracts/messages.js';
import { component } from '../openapi/registry.js';
import { taskItemSchema } from '../tasks/schemas.js';
import { ofEachFilter } from '../tasks/task-filter-parameters.js';

/** Which tasks a bulk cancel is about; each member means what the parameter of that name means for a list. */
export const cancellationFilterSchema = z.strictObject(ofEachFilter(({ member }) => member.optional()));

/** Which tasks a bulk cancel is about, as it was sent. */
export type CancellationFilter = z.infer<typeof cancellationFilterSchema>;

/** The body of `POST /api/v1/cancellations`. */
export const previewBodySchema = component(
  'PreviewRequest',
  z.strictObject({
    filter: cancellationFilterSchema,
    reason: cancelRequestSchema.shape.reason,
    actor: cancelRequestSchema.shape.actor,
  }),
);

/** The body of `POST /api/v1/cancellations/{id}/execute` and `…/abort`. */
export const executeBodySchema = component(
  'ExecuteRequest',
  z.strictObject({ actor: cancelRequestSchema.shape.actor }),
);

/** The states that a cancellation is shown in. */
export const CANCELLATION_STATES = ['previewed', 'running', 'finished', 'expired', 'aborted'] as const;

/** What can have become of a task. */
export const TASK_OUTCOMES = ['cancelled', 'refused', 'open'] as const;

/** A cancellation as it is shown. */
export const cancellationSchema = component(
  'Cancellation',
  z.object({
    id: bulkCancelIdField,
    state: z.enum(CANCELLATION_STATES),
    filter: cancellationFilterSchema.meta({ description: 'As it was sent' }),
    reason: z.string().nullable(),
    position: z
      .string()
      .nullable()
      .meta({ description: 'The ledger position at which exactly these tasks were open and matched' }),
    total: z.int().meta({ description: 'How many tasks they are' }),
    tasks: z.array(taskItemSchema).meta({
      description: 'The first 100: in the answer to the preview as they were then, later as they are',
    }),
    counts: z.object({
      cancelled: z.int(),
      refused: z.int().meta({ description: 'Left as they were, each with its reason' }),
      open: z.int().meta({ description: 'Not tried yet' }),
    }),
    created_at: fullTimeField,
    expires_at: fullTimeField.meta({ description: 'When it can not be executed any more, if it never was' }),
    started_at: fullTimeField.nullable(),
    finished_at: fullTimeField.nullable(),
    aborted_at: fullTimeField.nullable(),
  }),
);

/** A cancellation as the list of them shows it. */
export const listedCancellationSchema = component(
  'ListedCancellation',
  cancellationSchema.omit({ tasks: true }),
);

/** What became of one task of a cancellation. */
export const taskOutcomeSchema = component(
  'TaskOutcome',
  z.object({
    task_id: taskIdField,
    outcome: z.enum(TASK_OUTCOMES),
    code: z.string().nullable().meta({ description: 'Why it was refused, such as already_completed' }),
    message: z.string().nullable(),
  }),
);

import { z } from 'zod';
import { fullTimeField, stepsField, taskIdField } from '../../../shared/core/contracts/fields.js';
import { MESSAGE_LEVELS } from '../../../shared/core/domain/events.js';
import { component } from '../openapi/registry.js';

/** A message of a task. */
export const taskMessageSchema = component(
  'TaskMessage',
  z.object({
    revision: z.int().meta({ description: 'Place of its event in the task, from 0' }),
    position: z.string().meta({ description: 'Place in the whole ledger: opaque, ordered as text' }),
    recorded_at: fullTimeField.nullable(),
    occurred_at: fullTimeField.nullable().meta({ description: 'When it happened, as the publisher said' }),
    attempt: stepsField.meta({ description: 'The attempt that it is of; 0 before the first' }),
    level: z.enum(MESSAGE_LEVELS),
    message: z.string().nullable().meta({ description: 'null once it was erased' }),
    erased: z.boolean(),
    progress: stepsField.nullable().meta({ description: 'The progress that came with it' }),
  }),
);

/** Some messages of a task. */
export const messagesSchema = component(
  'Messages',
  z.object({
    task_id: taskIdField,
    revision: z
      .int()
      .meta({ description: "The task's last event when it was read: the stream goes on after it" }),
    intact: z
      .boolean()
      .meta({ description: 'Whether every event that was looked at verifies with the one before it' }),
    fault: z.string().optional().meta({ description: 'What is wrong with the first that does not' }),
    messages: z.array(taskMessageSchema),
  }),
);

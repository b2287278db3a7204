import { z } from 'zod';
import {
  DEFAULT_TASK_TYPES,
  objectField,
  projectIdField,
  stepsField,
  taskIdField,
  taskKeyField,
  taskTypeField,
} from '../../../shared/core/contracts/fields.js';
import { cancelRequestSchema } from '../../../shared/core/contracts/messages.js';
import { TASK_STATUSES } from '../../../shared/core/domain/task.js';
import { component } from '../openapi/registry.js';

/** The body of `POST /api/v1/tasks`. */
export function createTaskSchema(taskTypes: readonly string[]) {
  return z.strictObject({
    project_id: projectIdField,
    task_type: taskTypeField(taskTypes),
    params: objectField.optional(),
    total: stepsField.optional(),
    key: taskKeyField.optional(),
  });
}

/** The body of `POST /api/v1/tasks/{id}/cancel`. */
export const cancelBodySchema = component(
  'CancelRequest',
  z.strictObject({
    reason: cancelRequestSchema.shape.reason,
    actor: cancelRequestSchema.shape.actor,
  }),
);

const shownTimeField = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
  .meta({
    description: 'UTC, without offset and fraction',
    example: '2025-03-12T10:00:00',
  });
const itemShape = {
  id: taskIdField,
  project_id: z.int(),
  task_type: taskTypeField(DEFAULT_TASK_TYPES),
  status: z.enum(TASK_STATUSES),
  progress: stepsField.meta({ description: 'Current progress' }),
  total: stepsField.meta({ description: 'Total steps; 0 while unknown' }),
};
const detailShape = {
  params: objectField.meta({ description: 'Input parameters' }),
  result: objectField.meta({ description: 'Output; {} until completed' }),
  error_message: z.string().meta({ description: 'Why it failed; empty until then' }),
};
const endsShape = {
  started_at: shownTimeField.nullable(),
  completed_at: shownTimeField.nullable(),
};
/** What `include` can add to a detail. */
const includedShape = {
  key: taskKeyField.nullable().meta({ description: "The publisher's own name for the task" }),
  attempt: stepsField.meta({ description: '0 until the first start, 1 from then on' }),
};

/** A task as a list shows it, with what can be asked for. */
export const taskItemSchema = component(
  'TaskItem',
  z
    .object({ ...itemShape, created_at: shownTimeField })
    .extend(z.object({ ...includedShape, ...endsShape, ...detailShape }).partial().shape),
);

/** A task as its detail shows it, with what can be asked for. */
export const taskSchema = component(
  'Task',
  z
    .object({ ...itemShape, ...detailShape, created_at: shownTimeField, ...endsShape })
    .extend(z.object(includedShape).partial().shape),
);

import { z } from 'zod';
import { taskKeyField } from '../../../shared/core/contracts/fields.js';
import { cancelRequestSchema } from '../../../shared/core/contracts/messages.js';
import {
  creationFields,
  namesOneProject,
  ONE_PROJECT,
  TASK_FIELDS,
} from '../../../shared/core/contracts/task-fields.js';
import { component } from '../openapi/registry.js';
import { attemptsField } from './attempt-schema.js';
import { taskCancelSchema } from './cancel-schema.js';
import { FAMILY_SHOWN_MAX, type FamilyInclude } from './task-family.js';

/** The body of `POST /api/v1/tasks`. */
export function createTaskSchema(taskTypes: readonly string[]) {
  return z
    .strictObject({ ...creationFields(taskTypes), key: taskKeyField.optional() })
    .refine(namesOneProject, ONE_PROJECT);
}

/** The body of `POST /api/v1/tasks/{id}/cancel`. */
export const cancelBodySchema = component(
  'CancelRequest',
  z.strictObject({
    reason: cancelRequestSchema.shape.reason,
    actor: cancelRequestSchema.shape.actor,
  }),
);

const { state, large, created, ends, beyond, lookedUp } = TASK_FIELDS;

/** A task as a list shows it, with what can be asked for. */
export const taskItemSchema = component(
  'TaskItem',
  z.object({
    ...state,
    ...created,
    ...z.object({ ...beyond, ...ends, ...large, ...lookedUp }).partial().shape,
  }),
);

const shownTasks = z.array(taskItemSchema).max(FAMILY_SHOWN_MAX);
const family = {
  children: shownTasks.meta({ description: 'The newest tasks that name it as their parent' }).optional(),
  retries: shownTasks.meta({ description: 'The newest tasks that try it again' }).optional(),
} satisfies Record<FamilyInclude, unknown>;

/** A task as its detail shows it, with what can be asked for. */
export const taskSchema = component(
  'Task',
  z.object({
    ...state,
    ...large,
    ...created,
    ...ends,
    ...z.object({ ...beyond, ...lookedUp }).partial().shape,
    attempts: attemptsField.optional(),
    cancel: taskCancelSchema.nullable().optional(),
    ...family,
  }),
);

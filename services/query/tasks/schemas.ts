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
import { REASON_NAMES, REASONS, type Reason } from '../../../shared/core/contracts/reasons.js';
import { TASK_STATUSES } from '../../../shared/core/domain/task.js';
import { statusOf } from '../http/statuses.js';

/** What the description of the API has under a name of its own. */
export const components = z.registry<{ name: string }>();

/** Gives a schema a name under which it stands in the description once. */
export function component<Schema extends z.ZodType>(name: string, schema: Schema): Schema {
  components.add(schema, { name });
  return schema;
}

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
/** A time as everything but the three endpoints of the contract shows it. */
export const fullTimeField = z.string().meta({ format: 'date-time', example: '2025-03-12T10:00:00.000Z' });

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
  }),
);

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
      .meta({ description: 'Late and illegal events, which changed nothing' }),
  }),
);

const countField = z.int().min(0);
/** How many tasks are in each state. */
export const byStatusSchema = component(
  'CountsByStatus',
  z.object({
    pending: countField,
    running: countField,
    completed: countField,
    failed: countField,
    cancelled: countField,
  }),
);
const durationField = z.int().min(0).nullable().meta({ description: 'To 1 %; null while count is 0' });

/** What is counted of the tasks. */
export const statsSchema = component(
  'Stats',
  z.object({
    position: z
      .string()
      .nullable()
      .meta({ description: 'Every event up to here is counted, and none after it' }),
    total: countField,
    by_status: byStatusSchema,
    by_type: z.record(
      z.string(),
      z.object({
        total: countField,
        by_status: byStatusSchema,
        duration_ms: z.object({
          count: countField.meta({ description: 'Tasks that were completed after a start' }),
          median: durationField,
          p95: durationField,
        }),
      }),
    ),
    by_project: z
      .array(z.object({ project_id: z.int(), total: countField, by_status: byStatusSchema }))
      .optional()
      .meta({ description: 'At most 1000, by id; without project_id only' }),
  }),
);

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

import { type z } from 'zod';
import { DEFAULT_TASK_TYPES } from '../../../shared/core/contracts/fields.js';
import { taskDifferenceSchema } from '../as-of/diff-schema.js';
import {
  cancellationSchema,
  listedCancellationSchema,
  executeBodySchema,
  previewBodySchema,
  taskOutcomeSchema,
} from '../cancellations/cancellation-schemas.js';
import { errorsSchema, taskErrorSchema } from '../errors/errors-schema.js';
import { eventOutcomeSchema, reasonField } from '../events/outcome-schemas.js';
import { readinessSchema } from '../health/readiness-schema.js';
import { messagesSchema, taskMessageSchema } from '../messages/message-schema.js';
import { projectBodySchema, projectSchema } from '../projects/project-schemas.js';
import { taskCountSchema } from '../tasks/count-schema.js';
import { historyEntrySchema, historySchema } from '../tasks/history-schema.js';
import { taskAttemptSchema, unheardAttemptsSchema } from '../tasks/attempt-schema.js';
import { cancelSummarySchema } from '../tasks/cancel-summary-schema.js';
import { taskCancelSchema } from '../tasks/cancel-schema.js';
import { cancelBodySchema, createTaskSchema, taskItemSchema, taskSchema } from '../tasks/schemas.js';
import { seriesSchema } from '../tasks/series-schema.js';
import { byStatusSchema, statsSchema } from '../tasks/stats-schema.js';
import { creationOf } from './creation.js';
import { eventComponents } from './events.js';
import { filterBody } from './parameters.js';
import { bodyOf, definitionOf, envelope, NONE, schemaOf, type Json } from './parts.js';
import { components } from './registry.js';

const ANSWERS = [
  taskCancelSchema,
  ...[taskAttemptSchema, unheardAttemptsSchema],
  ...[messagesSchema, taskMessageSchema],
  ...[taskItemSchema, taskSchema, historySchema, historyEntrySchema],
  ...[taskCountSchema, seriesSchema, statsSchema, byStatusSchema],
  ...[eventOutcomeSchema, reasonField, cancellationSchema, taskOutcomeSchema, readinessSchema],
  ...[listedCancellationSchema, cancelSummarySchema],
  ...[errorsSchema, taskErrorSchema],
  taskDifferenceSchema,
  projectSchema,
];
const BODIES = [cancelBodySchema, executeBodySchema, projectBodySchema];

/** All that the description has under a name of its own. */
export function openApiComponents(): Record<string, Json> {
  const preview = bodyOf(previewBodySchema);
  return {
    ...named(ANSWERS, definitionOf),
    ...named(BODIES, bodyOf),
    CreateTaskRequest: creationOf(createTaskSchema(DEFAULT_TASK_TYPES)),
    PreviewRequest: { ...preview, properties: { ...(preview.properties as Json), filter: filterBody() } },
    ...eventComponents(),
    Refusal: { ...envelope(NONE), description: 'Why a request was refused' },
    EventRefusal: {
      ...envelope({ type: ['array', 'null'], items: schemaOf(eventOutcomeSchema) }),
      description: 'What became of a single event; data is null where the request as a whole was refused',
    },
  };
}

function named(schemas: readonly z.ZodType[], json: (schema: never) => Json): Record<string, Json> {
  return Object.fromEntries(
    schemas.map((schema) => [components.get(schema)?.name, json(schema as never)]),
  ) as Record<string, Json>;
}

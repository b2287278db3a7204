import { z } from 'zod';
import { OTHER_ERRORS } from '../../../shared/core/ports/task-failures.js';
import { component } from '../openapi/registry.js';
import { SHOWN_OF_ERROR_MAX } from './error-groups.js';
import { ERROR_KEY_SHAPE } from './error-parameters.js';

const counts = {
  count: z.int().min(0).meta({ description: 'Tasks that failed' }),
  attempts: z.int().min(0).meta({ description: 'Attempts that failed and were to be tried again' }),
};
const LARGEST = `Those with the most, ${SHOWN_OF_ERROR_MAX} at most`;
const timeField = z.string().meta({
  description: 'UTC, without offset and fraction; as 2025-03-12T10:00:00.000Z with times=rfc3339',
});

/** One error, and what is known of it. */
export const taskErrorSchema = component(
  'TaskError',
  z.object({
    error_key: z.string().meta({
      ...ERROR_KEY_SHAPE,
      description: `What it is grouped by; ${OTHER_ERRORS}: all that were too many in an hour`,
    }),
    error_type: z.string().nullable().meta({ description: 'Of the newest, as the next two' }),
    text: z.string().meta({ description: 'The first line of its message, cut where it is long' }),
    ...counts,
    first_seen: timeField,
    last_seen: timeField,
    task_id: z.int(),
    by_project: z.array(z.object({ project_id: z.int(), ...counts })).meta({ description: LARGEST }),
    by_type: z.array(z.object({ task_type: z.string(), ...counts })).meta({ description: LARGEST }),
  }),
);

/** What is shown of errors. */
export const errorsSchema = component(
  'Errors',
  z.object({
    position: z.string().nullable().meta({ description: 'Every event up to here is counted' }),
    from: z.iso.datetime().meta({ description: 'When the first hour begins' }),
    to: z.iso.datetime().meta({ description: 'When the last hour ends' }),
    kept_from: z.iso.datetime().nullable().meta({ description: 'The earliest time that can be asked for' }),
    count: z.int().min(0).meta({ description: 'Tasks that failed, with whatever error' }),
    attempts: z.int().min(0).meta({ description: 'Attempts that failed and were to be tried again' }),
    keys: z.int().min(0).meta({ description: 'How many errors there are' }),
    errors: z.array(taskErrorSchema).meta({ description: 'Those of the most tasks first, then the newest' }),
  }),
);

import { z } from 'zod';
import { component } from '../openapi/registry.js';

/** The most cancelled tasks of which a summary is made: of each two streams are read. */
export const CANCELS_SUMMED_MAX = 1000;

const countField = z.int().min(0);
const durationField = countField.nullable().meta({ description: 'To 1 %; null while count is 0' });

const taken = {
  honoured: countField.meta({ description: 'The worker has said that it stopped' }),
  too_late: countField.meta({ description: 'It had come to another end all the same' }),
  unheard: countField.meta({ description: 'It has said neither so far' }),
  reported: countField.meta({ description: 'Nobody had asked by a command' }),
  stopped_after_ms: z
    .object({ count: countField, median: durationField, p95: durationField })
    .meta({ description: 'From the request to the stop, of those that were honoured' }),
};

/** How cancels were taken. */
export const cancelSummarySchema = component(
  'CancelSummary',
  z.object({
    exact: z.boolean().meta({ description: 'Whether these are all that match; else they are the newest' }),
    tasks: countField.meta({ description: 'How many are counted' }),
    unreadable: countField.meta({
      description: 'Cancelled tasks that are not counted, as their record does not verify',
    }),
    ...taken,
    by_project: z.array(z.object({ project_id: z.int(), ...taken })),
    by_type: z.array(z.object({ task_type: z.string(), ...taken })),
    by_worker: z
      .array(z.object({ worker: z.string(), ...taken }))
      .meta({ description: 'Of those whose last start named one' }),
  }),
);

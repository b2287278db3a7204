import { z } from 'zod';
import {
  cancellationSchema,
  listedCancellationSchema,
  TASK_OUTCOMES,
  taskOutcomeSchema,
} from '../cancellations/cancellation-schemas.js';
import { CANCELS_SUMMED_MAX, cancelSummarySchema } from '../tasks/cancel-summary-schema.js';
import { SUMMARY_FILTERS } from '../tasks/cancel-summary.js';
import { CURSOR, filterParameters, IDEMPOTENCY_KEY, limitParameter, parameter, TIMES } from './parameters.js';
import {
  answer,
  freshnessHeaders,
  linksTo,
  operation,
  optionalBody,
  pageHeaders,
  placeHeaders,
  referTo,
  refused,
  requestBody,
} from './parts.js';
import { READ, WRITE } from './refusals.js';

const LINKS = linksTo(
  'showCancellation',
  'listCancellationTasks',
  'executeCancellation',
  'abortCancellation',
);

/** Bulk cancels. */
export function cancellationOperations() {
  const cancellationId = parameter('path', 'id', { type: 'string', format: 'uuid' }, "The cancellation's id");
  const noCancellation = refused('Cancellation not found');
  return {
    summarizeCancels: operation(
      'cancellations',
      [
        'Sum up how cancels were taken',
        `How many were honoured, came too late or were never heard of, and how long the workers took to stop: of the newest ${CANCELS_SUMMED_MAX} cancelled tasks that match.`,
      ],
      {
        parameters: [...filterParameters(...SUMMARY_FILTERS), limitParameter(CANCELS_SUMMED_MAX)],
        responses: {
          200: { ...answer('The summary', cancelSummarySchema), headers: freshnessHeaders },
          ...READ,
        },
      },
    ),
    previewCancellation: operation(
      'cancellations',
      [
        'Preview a bulk cancel',
        'Shows exactly which open tasks it takes; nothing is cancelled by it. The filter leaves some open tasks out; at most 10,000 tasks match.',
      ],
      {
        parameters: [IDEMPOTENCY_KEY, TIMES],
        requestBody: requestBody({ 'application/json': referTo('PreviewRequest') }),
        responses: {
          201: {
            ...answer('The preview', cancellationSchema),
            headers: placeHeaders,
            links: LINKS,
          },
          200: {
            ...answer('It was previewed before', cancellationSchema),
            headers: placeHeaders,
            links: LINKS,
          },
          409: refused('The Idempotency-Key stands for a cancellation with other data'),
          ...WRITE,
        },
      },
    ),
    listCancellations: operation(
      'cancellations',
      [
        'List bulk cancels',
        'Newest first, without their tasks: those whose previews hold tasks. A page may have fewer than `limit` and still a following one.',
      ],
      {
        parameters: [limitParameter(20, 100), CURSOR],
        responses: {
          200: { ...answer('The cancellations', z.array(listedCancellationSchema)), headers: pageHeaders },
          ...READ,
        },
      },
    ),
    showCancellation: operation(
      'cancellations',
      ['Show a bulk cancel', 'What it is about, and how far it has come.'],
      {
        parameters: [cancellationId, TIMES],
        responses: {
          200: answer('The cancellation', cancellationSchema),
          404: noCancellation,
          ...READ,
        },
      },
    ),
    listCancellationTasks: operation(
      'cancellations',
      ['List what a bulk cancel did', 'What became of each of its tasks.'],
      {
        parameters: [
          cancellationId,
          parameter('query', 'outcome', { type: 'string', enum: TASK_OUTCOMES }, 'Only with this outcome'),
          limitParameter(100),
          CURSOR,
        ],
        responses: {
          200: {
            ...answer('Tasks, in the order of the preview', z.array(taskOutcomeSchema)),
            headers: pageHeaders,
          },
          404: noCancellation,
          ...READ,
        },
      },
    ),
    executeCancellation: operation(
      'cancellations',
      [
        'Execute a bulk cancel',
        'Cancels the tasks of a preview that are still open. Sent again it has no second effect, and goes on with one that a process has left unfinished.',
      ],
      {
        parameters: [cancellationId, TIMES],
        requestBody: optionalBody({ 'application/json': referTo('ExecuteRequest') }),
        responses: {
          202: {
            ...answer('On record, and being carried out', cancellationSchema),
            headers: placeHeaders,
            links: LINKS,
          },
          404: noCancellation,
          409: refused('The preview has expired, it was aborted, or its record does not verify'),
          ...WRITE,
        },
      },
    ),
    abortCancellation: operation(
      'cancellations',
      [
        'Abort a bulk cancel',
        'A preview that was aborted is never executed; one that is under way stops before its next task, and what is done stays done. Sent again it has no second effect.',
      ],
      {
        parameters: [cancellationId, TIMES],
        requestBody: optionalBody({ 'application/json': referTo('ExecuteRequest') }),
        responses: {
          200: answer('It is aborted', cancellationSchema),
          404: noCancellation,
          409: refused('It is finished, or its record does not verify'),
          ...WRITE,
        },
      },
    ),
  };
}

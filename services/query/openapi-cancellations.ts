import { z } from 'zod';
import {
  cancellationSchema,
  executeBodySchema,
  previewBodySchema,
  TASK_OUTCOMES,
  taskOutcomeSchema,
} from './cancellation-schemas.js';
import { filterBody, limitParameter, parameter } from './openapi-parameters.js';
import {
  answer,
  bodyOf,
  operation,
  optionalBody,
  pageHeaders,
  placeHeaders,
  refused,
  requestBody,
  type Json,
} from './openapi-parts.js';

/**
 * Bulk cancels.
 *
 * @param common What every request can be refused with.
 * @param write What every write can be refused with.
 */
export function cancellationPaths(
  taskTypes: readonly string[],
  common: { 400: Json; 503: Json },
  write: Json,
  idempotencyKey: Json,
): Json {
  const cancellationId = parameter('path', 'id', { type: 'string', format: 'uuid' }, "The cancellation's id");
  const noCancellation = refused('Cancellation not found');
  const cancellation = cancellationSchema(taskTypes);
  const preview = bodyOf(previewBodySchema);
  const filter = filterBody(taskTypes);
  const previewBody = { ...preview, properties: { ...(preview.properties as Json), filter } };
  return {
    '/api/v1/cancellations': {
      post: operation('previewCancellation', 'Show exactly which open tasks a bulk cancel takes', {
        description:
          'Nothing is cancelled by it. The filter leaves some open tasks out; at most 10,000 tasks match.',
        parameters: [idempotencyKey],
        requestBody: requestBody({ 'application/json': previewBody }),
        responses: {
          201: { ...answer('The preview', cancellation), headers: placeHeaders },
          200: { ...answer('It was previewed before', cancellation), headers: placeHeaders },
          409: refused('The Idempotency-Key stands for a cancellation with other data'),
          ...write,
        },
      }),
    },
    '/api/v1/cancellations/{id}': {
      get: operation('showCancellation', 'A bulk cancel and how far it has come', {
        parameters: [cancellationId],
        responses: { 200: answer('The cancellation', cancellation), 404: noCancellation, 503: common[503] },
      }),
    },
    '/api/v1/cancellations/{id}/tasks': {
      get: operation('listCancellationTasks', 'What became of each task of a bulk cancel', {
        parameters: [
          cancellationId,
          parameter('query', 'outcome', { type: 'string', enum: TASK_OUTCOMES }, 'Only with this outcome'),
          limitParameter(100),
          parameter('query', 'cursor', { type: 'string' }, 'Where a page starts, out of the Link header'),
        ],
        responses: {
          200: {
            ...answer('Tasks, in the order of the preview', z.array(taskOutcomeSchema)),
            headers: pageHeaders,
          },
          404: noCancellation,
          ...common,
        },
      }),
    },
    '/api/v1/cancellations/{id}/execute': {
      post: operation('executeCancellation', 'Cancel the tasks of a preview that are still open', {
        description:
          'Sent again it has no second effect, and goes on with one that a process has left unfinished.',
        parameters: [cancellationId],
        requestBody: optionalBody({ 'application/json': executeBodySchema }),
        responses: {
          202: { ...answer('On record, and being carried out', cancellation), headers: placeHeaders },
          404: noCancellation,
          409: refused('The preview has expired, or its record does not verify'),
          ...write,
        },
      }),
    },
  };
}

import { TaskledgerError, type ErrorCode } from '../../shared/contracts/errors.js';
import type { BulkCancelErrorCode, CancelErrorCode } from '../../shared/contracts/messages.js';
import type { HeaderList } from './answer.js';

/** How long a client is asked to wait before it sends something again, in seconds. */
export const RETRY_AFTER_SECONDS = '1';

/** A failure that belongs to HTTP itself: no such route, a body too large, a page of another origin. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: HeaderList = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'HttpError';
  }
}

/** What a failure is answered with. */
export interface ErrorAnswer {
  status: number;
  /** One sentence for the client: never a stack trace, never what an unexpected error says. */
  message: string;
  headers: HeaderList;
}

const STATUS_OF_ERROR = {
  invalid_request: 400,
  too_many_events: 413,
  task_not_found: 404,
  refused: 400,
  conflict: 409,
  unavailable: 503,
  corrupt_store: 500,
  // What was asked for can't be reconciled with what stands there; to try again is of no use.
  broken_stream: 409,
  invalid_setting: 500,
} as const satisfies Record<ErrorCode, number>;

const STATUS_OF_CANCEL = {
  invalid_request: 400,
  task_not_found: 404,
  already_completed: 400,
  already_failed: 400,
  already_cancelled: 400,
  broken_stream: 409,
  unavailable: 503,
} as const satisfies Record<CancelErrorCode, number>;

const STATUS_OF_BULK_CANCEL = {
  invalid_request: 400,
  cancellation_not_found: 404,
  cancellation_expired: 409,
  cancellation_exists: 409,
  broken_stream: 409,
  unavailable: 503,
} as const satisfies Record<BulkCancelErrorCode, number>;

/** The HTTP answer to whatever was thrown while a request was handled. */
export function answerToError(error: unknown): ErrorAnswer {
  if (error instanceof HttpError) {
    return { status: error.status, message: error.message, headers: withRetry(error.status, error.headers) };
  }
  const status = error instanceof TaskledgerError ? STATUS_OF_ERROR[error.code] : 500;
  const message = status === 500 ? 'Internal error' : (error as TaskledgerError).message;
  return { status, message, headers: withRetry(status) };
}

/** A cancel that the command service refused, as the answer that the contract wants. */
export function cancelRefused(error: { code: CancelErrorCode; message: string }): HttpError {
  return new HttpError(STATUS_OF_CANCEL[error.code], error.message);
}

/** A bulk cancel that the command service refused to preview or to execute. */
export function bulkCancelRefused(error: { code: BulkCancelErrorCode; message: string }): HttpError {
  return new HttpError(STATUS_OF_BULK_CANCEL[error.code], error.message);
}

/** The headers of an answer with this status: a client that shall come back is told when. */
export function withRetry(status: number, headers: HeaderList = []): HeaderList {
  return status === 503 ? ['Retry-After', RETRY_AFTER_SECONDS, ...headers] : headers;
}

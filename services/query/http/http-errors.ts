import { TaskledgerError } from '../../../shared/core/contracts/errors.js';
import type {
  BulkCancelReply,
  CancelReply,
  RegisterProjectReply,
} from '../../../shared/core/contracts/messages.js';
import type { Reason } from '../../../shared/core/contracts/reasons.js';
import { withoutSecrets } from '../../../shared/runtime/observability/secrets.js';
import type { HeaderList } from './answer.js';
import { statusOf } from './statuses.js';

/** What a failure says beside its message. */
export interface HttpErrorOptions extends ErrorOptions {
  headers?: HeaderList;
  /** How long a client shall wait before it asks again, in seconds, where that is known; used with 503 only. */
  retryAfterSeconds?: number;
}

/** A failure that belongs to HTTP itself: no such route, a body too large, a page of another origin. */
export class HttpError extends Error {
  constructor(
    readonly reason: Reason,
    message: string,
    readonly options: HttpErrorOptions = {},
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

/** The HTTP answer to whatever was thrown while a request was handled. */
export function answerToError(error: unknown): ErrorAnswer {
  if (error instanceof HttpError) {
    const { reason, message, options } = error;
    const headers = [...reasonHeaders(reason, options.retryAfterSeconds), ...(options.headers ?? [])];
    return { status: statusOf(reason), message, headers };
  }
  const reason = error instanceof TaskledgerError ? error.code : 'internal_error';
  const status = statusOf(reason);
  const message = status === 500 ? 'Internal error' : sayable(error as TaskledgerError);
  return { status, message, headers: reasonHeaders(reason) };
}

/** What clients have sent is said back to them as it was: taken out of it, a secret would be told. */
function sayable({ code, message }: TaskledgerError): string {
  return statusOf(code) < 500 ? message : withoutSecrets(message);
}

/** What the command service has refused: a cancel, something of a bulk cancel, or a project. */
type Refused = Extract<CancelReply | BulkCancelReply | RegisterProjectReply, { ok: false }>['error'];

/** What the command service refused, as the answer that the contract wants. */
export function refusedCommand(error: Refused): HttpError {
  const retryAfterSeconds = 'retry_after_s' in error ? error.retry_after_s : undefined;
  return new HttpError(error.code, error.message, {
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

/** How long a client waits before it sends something again, in seconds, where nobody knows better. */
const RETRY_AFTER_SECONDS = 1;

/** The headers of an answer that is no success: why, and when a client shall come back. */
export function reasonHeaders(reason: Reason, retryAfterSeconds = RETRY_AFTER_SECONDS): HeaderList {
  const why = ['Taskledger-Reason', reason];
  return statusOf(reason) === 503 ? ['Retry-After', String(retryAfterSeconds), ...why] : why;
}

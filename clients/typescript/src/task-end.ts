import { cutText } from './cut-text.js';
import { ERROR_TEXT_BYTES_MAX, errorText } from './error-text.js';
import { failureFacts, lesserFailureFacts } from './failure-facts.js';
import type { TaskEventType } from './task-event.js';
import { resultOf, leftOutResult } from './task-result.js';
import type { EventOutcome, JsonObject } from './types.js';

/** Codes that may be about what an event says. By any other it would be refused whatever it said. */
const REFUSALS_OF_CONTENT: ReadonlySet<number> = new Set([400, 413]);

/** Reasons by which such a code is about how the task stands. */
const REASONS_OF_STATE = /^(already_|stale_attempt$)/;

/** The end of a task, or of an attempt: what is said of it, and what is said instead when that is refused. */
export interface TaskEnd {
  type: TaskEventType;
  data: JsonObject;
  /** @param why The words of the refusal. */
  less?: (why: string) => JsonObject;
}

/** The work is done, and has returned this. */
export function completionWith(returned: unknown): TaskEnd {
  const less = (why: string): JsonObject => ({ result: leftOutResult(why) });
  return { type: 'task.completed', data: { result: resultOf(returned) }, less };
}

/** The work has thrown this. */
export function failureWith(thrown: unknown): TaskEnd {
  return { type: 'task.failed', data: failureFacts(thrown), less: () => lesserFailureFacts(thrown) };
}

/** An attempt has thrown this, and another one will come. */
export function attemptFailureWith(thrown: unknown, retryAt: Date | undefined): TaskEnd {
  const at = retryAt === undefined ? {} : { retry_at: retryAt.toISOString() };
  return {
    type: 'task.attempt_failed',
    data: { ...failureFacts(thrown), ...at },
    less: () => ({ ...lesserFailureFacts(thrown), ...at }),
  };
}

/** The worker has given the work up. */
export function cancelWith(reason: unknown): TaskEnd {
  if (reason === undefined) return { type: 'task.cancelled', data: {} };
  return { type: 'task.cancelled', data: { reason: sayableText(reason) }, less: () => ({}) };
}

/** The same end with less said of it; `undefined` where there is no less, or it would be refused as well. */
export function lesserEnd(
  { type, less }: TaskEnd,
  { code, reason, message }: EventOutcome,
): TaskEnd | undefined {
  if (less === undefined || !REFUSALS_OF_CONTENT.has(code) || REASONS_OF_STATE.test(reason ?? ''))
    return undefined;
  return { type, data: less(message) };
}

/** A text as Taskledger takes it, whatever it was given as. */
export function sayableText(said: unknown): string {
  return typeof said === 'string' ? cutText(said, ERROR_TEXT_BYTES_MAX) : errorText(said);
}

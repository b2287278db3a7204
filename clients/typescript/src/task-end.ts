import { cutText } from './cut-text.js';
import { ERROR_TEXT_BYTES_MAX, errorText } from './error-text.js';
import type { TaskEventType } from './task-event.js';
import { resultOf, leftOutResult } from './task-result.js';
import type { EventOutcome, JsonObject } from './types.js';

/** How much of a refused text is tried again. */
const LESSER_TEXT_BYTES_MAX = 1024;

/** Codes that may be about what an event says. By any other it would be refused whatever it said. */
const REFUSALS_OF_CONTENT: ReadonlySet<number> = new Set([400, 413]);

/** The end of a task: what is said of it, and what is said instead when that is refused. */
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
  const text = errorText(thrown);
  const shorter = cutText(text, LESSER_TEXT_BYTES_MAX);
  const less = shorter === text ? {} : { less: () => ({ error_message: shorter }) };
  return { type: 'task.failed', data: { error_message: text }, ...less };
}

/** The worker has given the work up. */
export function cancelWith(reason: unknown): TaskEnd {
  if (reason === undefined) return { type: 'task.cancelled', data: {} };
  return { type: 'task.cancelled', data: { reason: sayableText(reason) }, less: () => ({}) };
}

/** The same end with less said of it; `undefined` where there is no less, or it would be refused as well. */
export function lesserEnd({ type, less }: TaskEnd, { code, message }: EventOutcome): TaskEnd | undefined {
  if (less === undefined || !REFUSALS_OF_CONTENT.has(code)) return undefined;
  return { type, data: less(message) };
}

/** A text as Taskledger takes it, whatever it was given as. */
export function sayableText(said: unknown): string {
  return typeof said === 'string' ? cutText(said, ERROR_TEXT_BYTES_MAX) : errorText(said);
}

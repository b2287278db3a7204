import { cutText } from './cut-text.js';
import { errorStack, errorText, errorTypeName } from './error-text.js';
import type { JsonObject } from './types.js';

/** How long the name of a kind of error, and of a worker, may be, in characters. */
const NAME_CHARACTERS_MAX = 256;

/** How much of a refused text is tried again. */
const LESSER_TEXT_BYTES_MAX = 1024;

/** What is said of a failure: what was thrown in one text, and of an error its kind and its stack. */
export function failureFacts(thrown: unknown): JsonObject {
  const [type, stack] = [errorTypeName(thrown), errorStack(thrown)];
  return {
    error_message: errorText(thrown),
    ...(type !== '' && { error_type: shortName(type) }),
    ...(stack !== '' && { error_stack: stack }),
  };
}

/** The least that can be said of it. */
export function lesserFailureFacts(thrown: unknown): JsonObject {
  return { error_message: cutText(errorText(thrown), LESSER_TEXT_BYTES_MAX) };
}

/** A name as Taskledger takes it: cut where it is too long. */
export function shortName(name: string): string {
  return name.slice(0, NAME_CHARACTERS_MAX).toWellFormed();
}

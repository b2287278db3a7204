import { isFinalType } from './event-types.js';
import { isJsonObject } from './strict-json.js';

/** What stands for what is no text (Unicode, section 23.8). */
const REPLACEMENT = '\\ufffd';

/** An escape of JSON: a pair of surrogates, half of one, or any other. */
const ESCAPE =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u([dD][89a-fA-F][0-9a-fA-F]{2})|[^])/g;

/** A JSON text with each half of a surrogate pair in it replaced. */
export function withoutLoneSurrogates(text: string): string {
  return text
    .toWellFormed()
    .replace(ESCAPE, (escape, lone?: string) => (lone === undefined ? escape : REPLACEMENT));
}

/**
 * The JSON of an event that ends a task, with half surrogates in it replaced: the name of a file that a failure tells of may
 * well hold one, and must not keep the task from ending.
 *
 * @param text JSON, as it was sent.
 * @returns `undefined` for any other text.
 */
export function finalWithoutLoneSurrogates(text: string): string | undefined {
  const replaced = withoutLoneSurrogates(text);
  if (replaced === text) return undefined;
  try {
    const event: unknown = JSON.parse(replaced);
    return isJsonObject(event) && isFinalType(event.type) ? replaced : undefined;
  } catch {
    return undefined;
  }
}

import { TaskledgerRefusedError } from './errors.js';
import { jsonForm, OversizeError } from './json-form.js';
import { EVENT_BYTES_MAX } from './task-event.js';
import type { JsonValue } from './types.js';

/**
 * What a task is created with, as JSON has it. Unlike a result, it is not on its way out of work that is done already, so
 * nothing stands in for what JSON can't carry.
 *
 * @throws TypeError when JSON can't carry it.
 * @throws TaskledgerRefusedError (413) when it is larger than Taskledger takes.
 */
export function checkedParams(params: object | undefined): JsonValue | undefined {
  try {
    return jsonForm(params, EVENT_BYTES_MAX, (text) => {
      throw new TypeError(`params have what JSON can't carry: ${text.slice(0, 200)}`);
    });
  } catch (error) {
    if (!(error instanceof OversizeError)) throw error;
    const message = `params are too large; at most ${error.bytesMax} bytes of JSON are allowed for the whole event`;
    throw new TaskledgerRefusedError(message, 413);
  }
}

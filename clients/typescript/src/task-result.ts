import { jsonForm, OversizeError } from './json-form.js';
import { EVENT_BYTES_MAX } from './task-event.js';
import type { JsonObject } from './types.js';

/** What a result may have of an event: all but what else an event has, its source above all. */
const RESULT_BYTES_MAX = EVENT_BYTES_MAX - 4 * 1024;

/**
 * What a task shows as its result when its work has returned this, whatever it is: an object as it is in JSON, `{}` for
 * `undefined`, and `{"value": …}` for anything that is no object there.
 */
export function resultOf(returned: unknown): JsonObject {
  try {
    const form = jsonForm(returned, RESULT_BYTES_MAX);
    if (form === undefined) return {};
    return typeof form === 'object' && form !== null && !Array.isArray(form) ? form : { value: form };
  } catch (error) {
    if (!(error instanceof OversizeError)) throw error;
    return leftOutResult(`it has more than ${error.bytesMax} bytes of JSON`);
  }
}

/** Stands in the place of a result that is not on record, under the name by which Taskledger itself says so. */
export function leftOutResult(why: string): JsonObject {
  return { taskledger_left_out: `The result is not on record: ${why}` };
}

import { cutText } from '../contracts/cut-text.js';
import { EventTooLargeError, InvalidRequestError } from '../contracts/errors.js';
import { dataOf } from '../contracts/event-data.js';
import { withExactIntegers } from '../contracts/exact-integers.js';
import { isFinalType } from '../contracts/event-types.js';
import { parseSentJson, RefusedJson } from '../contracts/json-items.js';
import type { LifecycleEvent } from '../contracts/lifecycle-events.js';
import { isJsonObject } from '../contracts/strict-json.js';
import { JSON_BYTES_PER_UNIT_MAX, utf8Length } from '../contracts/utf8.js';
import type { JsonObject, JsonValue } from '../domain/json.js';
import { STORED_EVENT_BYTES_MAX } from '../domain/limits.js';

/** What a stored event has beside what was sent: the state after it, hashes, salts, times, names. */
const STORED_OVERHEAD_BYTES_MAX = 16 * 1024;

/** The largest event that is taken, in bytes of its JSON. */
export const EVENT_BYTES_MAX = STORED_EVENT_BYTES_MAX - STORED_OVERHEAD_BYTES_MAX;

/**
 * The event as it fits into the ledger. What completes a task is taken whatever the size of its result: one that is too
 * large gives way to a mark that says so, since the task has ended all the same.
 *
 * @param sent As it came.
 * @param event The same, read.
 * @throws EventTooLargeError
 */
export function fitted(sent: JsonObject, event: LifecycleEvent): LifecycleEvent {
  if (textUnits(sent) * JSON_BYTES_PER_UNIT_MAX <= EVENT_BYTES_MAX) return event;
  const { command } = event;
  if (bytesOf(sent, command.facts) <= EVENT_BYTES_MAX) return event;
  if (command.type === 'CompleteTask' && command.facts.result !== undefined) {
    const facts = { ...command.facts, result: leftOut(command.facts.result) };
    if (bytesOf(sent, facts) <= EVENT_BYTES_MAX) return { ...event, command: { ...command, facts } };
  }
  throw new EventTooLargeError(
    `The event is too large; at most ${EVENT_BYTES_MAX} bytes of JSON are allowed`,
  );
}

/**
 * The text of an event that ends a task with no more in it than is kept, for a way on which not all of it fits: it is then read
 * as the whole would be.
 *
 * @returns `undefined` for any other text, and for what can't be read.
 */
export function shortenedText(text: string): string | undefined {
  try {
    const sent = parseSentJson(text, Infinity);
    if (!isJsonObject(sent) || sent instanceof RefusedJson || !isFinalType(sent.type)) return undefined;
    const said = dataOf(sent);
    if (!isJsonObject(said)) return undefined;
    const data: JsonObject = {};
    for (const [name, value] of Object.entries(said)) {
      data[name] = typeof value === 'string' ? cutText(value) : value;
      if (name === 'result' && isJsonObject(value) && bytesOf({}, value) > EVENT_BYTES_MAX)
        data[name] = leftOut(value);
    }
    return withExactIntegers(JSON.stringify({ ...sent, data, data_base64: undefined }));
  } catch (error) {
    if (error instanceof InvalidRequestError) return undefined;
    throw error;
  }
}

function leftOut(result: JsonObject): JsonObject {
  const bytes = utf8Length(JSON.stringify(result));
  return { [LEFT_OUT]: `The result has ${bytes} bytes of JSON; at most ${EVENT_BYTES_MAX} are kept` };
}

/** The only member of a result that stands for one that was too large. */
const LEFT_OUT = 'taskledger_left_out';

function bytesOf(sent: JsonObject, facts: object): number {
  return utf8Length(JSON.stringify({ ...sent, data: facts, data_base64: undefined }));
}

/**
 * At least a sixth of the bytes that a value can have as JSON in UTF-8: cheap to find, and mostly enough to see that an
 * event is far from too large.
 */
function textUnits(value: JsonValue | undefined): number {
  if (typeof value === 'string') return value.length + 1;
  if (typeof value !== 'object' || value === null) return 5;
  let units = 1;
  if (Array.isArray(value)) {
    for (const item of value) units += 1 + textUnits(item);
  } else {
    for (const name in value) units += name.length + 2 + textUnits(value[name]);
  }
  return units;
}

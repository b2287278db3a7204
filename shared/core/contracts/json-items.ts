import type { JsonValue } from '../domain/json.js';
import { InvalidRequestError } from './errors.js';
import { endOfString } from './json-string.js';
import { finalWithoutLoneSurrogates } from './lone-surrogates.js';
import { checkBatchSize } from './messages.js';
import { isJsonObject, parseStrictJson } from './strict-json.js';

/** An item of a list that is not taken, whatever it is: the others stand all the same. */
export class RefusedJson {
  /**
   * @param message Says what is wrong.
   * @param text As it was sent.
   */
  constructor(
    readonly message: string,
    readonly text: string,
  ) {}
}

/** The `id` of an event, where its text has one that can be read. */
export function eventIdIn(text: string): string | null {
  try {
    const event: unknown = JSON.parse(text);
    return isJsonObject(event) && typeof event.id === 'string' && event.id.isWellFormed() ? event.id : null;
  } catch {
    return null;
  }
}

/**
 * Parses what somebody has sent, by the rules of `parseStrictJson`; in a list each item by itself, so that one that breaks
 * them is refused alone and stands there as a `RefusedJson`. Of what ends a task only half surrogates are replaced.
 *
 * @throws InvalidRequestError as `parseStrictJson`, for a list only when its items can't be told apart.
 * @throws TooManyEventsError as `itemTexts`.
 */
export function parseSentJson(text: string, itemsMax?: number): JsonValue | (JsonValue | RefusedJson)[] {
  try {
    return parseValue(text);
  } catch (error) {
    const items = error instanceof InvalidRequestError ? itemTexts(text, itemsMax) : undefined;
    if (items === undefined) throw error;
    return items.map(parseItem);
  }
}

function parseValue(text: string): JsonValue {
  try {
    return parseStrictJson(text);
  } catch (error) {
    const final = finalWithoutLoneSurrogates(text);
    if (final === undefined) throw error;
    return parseStrictJson(final);
  }
}

function parseItem(text: string): JsonValue | RefusedJson {
  try {
    return parseValue(text);
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    return new RefusedJson(error.message, text);
  }
}

/**
 * The texts of a list's items, whatever each of them is: told apart by nothing but strings, brackets and commas.
 *
 * @returns `undefined` when the text is no list, or does not tell where an item ends.
 * @param itemsMax By default `BATCH_EVENTS_MAX`.
 * @throws TooManyEventsError when there are more.
 */
export function itemTexts(text: string, itemsMax?: number): string[] | undefined {
  const start = /^[ \t\n\r]*\[/.exec(text)?.[0].length;
  if (start === undefined) return undefined;
  const items: string[] = [];
  const open = [']'];
  let from = start;
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') {
      at = endOfString(text, at + 1);
    } else if (character === '[' || character === '{') {
      open.push(character === '[' ? ']' : '}');
    } else if (character === ']' || character === '}') {
      if (open.pop() !== character) return undefined;
      if (open.length > 0) continue;
      const last = text.slice(from, at);
      if (items.length > 0 || !isBlank(last)) items.push(last);
      checkBatchSize(items, itemsMax);
      return isBlank(text.slice(at + 1)) ? items : undefined;
    } else if (character === ',' && open.length === 1) {
      items.push(text.slice(from, at));
      checkBatchSize(items, itemsMax);
      from = at + 1;
    }
  }
  return undefined;
}

function isBlank(text: string): boolean {
  return /^[ \t\n\r]*$/.test(text);
}

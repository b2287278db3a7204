import type { JsonObject, JsonValue } from '../domain/json.js';
import { InvalidRequestError } from './errors.js';
import { memberOfInexactInteger } from './integer-literals.js';
import { endOfString } from './json-string.js';

/** How deep arrays and objects may be nested. */
export const JSON_DEPTH_MAX = 64;

/**
 * Parses JSON and refuses what canonical JSON (RFC 8785 on I-JSON, RFC 7493) can't carry: duplicate members, integers
 * that a double does not hold exactly, numbers beyond a double, lone surrogates. Also refused are nesting deeper than `JSON_DEPTH_MAX`
 * and members named `__proto__`, which no reader in JavaScript should have to meet.
 *
 * @throws InvalidRequestError with a sentence that says what is wrong and, where it is known, at which member.
 */
export function parseStrictJson(text: string): JsonValue {
  const colons = scanStructure(text);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new InvalidRequestError(`Malformed JSON: ${(cause as Error).message}`, { cause });
  }
  const met: Met = { largeInteger: false };
  // Each member has one colon outside strings, so fewer members than colons means that one replaced another.
  if (checkValue(value, '', met) !== colons)
    throw new InvalidRequestError('Malformed JSON: duplicate member in an object');
  if (met.largeInteger) checkIntegers(text);
  return value;
}

/** Whether a value is a JSON object (and neither an array nor null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const QUOTE = 0x22;
const COLON = 0x3a;

/** Counts the colons outside strings and refuses deep nesting, in one pass before anything recursive sees the text. */
function scanStructure(text: string): number {
  let colons = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      at = endOfString(text, at + 1);
    } else if (unit === COLON) {
      colons++;
    } else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > JSON_DEPTH_MAX) {
        throw new InvalidRequestError(
          `JSON is nested too deeply; at most ${JSON_DEPTH_MAX} levels are allowed`,
        );
      }
    } else if (unit === 0x7d || unit === 0x5d) {
      depth--;
    }
  }
  return colons;
}

/** What a value was found to hold that its text has to be looked at for. */
interface Met {
  /** A whole number beyond ±(2^53 − 1): its text says whether it is what was sent. */
  largeInteger: boolean;
}

function checkIntegers(text: string): void {
  const member = memberOfInexactInteger(text);
  if (member === undefined) return;
  throw new InvalidRequestError(
    `${name(member)} is an integer beyond ±(2^53 - 1), which can't be carried exactly; send it as a string`,
  );
}

/** Refuses what canonical JSON can't carry; answers how many members the value has, those of nested objects included. */
function checkValue(value: JsonValue, path: string, met: Met): number {
  if (typeof value === 'string') {
    if (!value.isWellFormed())
      throw new InvalidRequestError(
        `${name(path)} holds a lone surrogate or a byte that is no UTF-8: that is no text`,
      );
    return 0;
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new InvalidRequestError(`${name(path)} is a number beyond what a double can hold`);
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) met.largeInteger = true;
    return 0;
  }
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++)
      members += checkValue(value[index] as JsonValue, path, met);
    return members;
  }
  // Parsed JSON inherits nothing that could be enumerated.
  for (const member in value) {
    if (member === '__proto__') throw new InvalidRequestError('A member named __proto__ is not allowed');
    if (!member.isWellFormed()) {
      const where = path === '' ? '' : ` in ${name(path)}`;
      throw new InvalidRequestError(
        `The name of a member${where} holds a lone surrogate or a byte that is no UTF-8: that is no text`,
      );
    }
    members += 1 + checkValue(value[member] as JsonValue, member, met);
  }
  return members;
}

function name(member: string): string {
  return member === '' ? 'The value' : JSON.stringify(member);
}

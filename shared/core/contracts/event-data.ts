import type { JsonObject, JsonValue } from '../domain/json.js';
import { InvalidRequestError } from './errors.js';
import { isFinalType } from './event-types.js';
import { withoutLoneSurrogates } from './lone-surrogates.js';
import { sentText } from './sent-text.js';
import { parseStrictJson } from './strict-json.js';

/** What `datacontenttype` may be, for messages. */
export const JSON_TYPE_ALLOWED = 'must be application/json, text/json or a type that ends in +json';

/** Whether data of a media type is JSON (RFC 6839, section 3.1), whatever parameters it has. */
export function isJsonType(mediaType: string): boolean {
  return JSON_TYPE.test(mediaType);
}

/** Such a media type, whatever the case of its letters. */
export const JSON_TYPE = /^(?:(?:application|text)\/json|[^\s;/]+\/[^\s;/]+\+json)\s*(?:;.*)?$/i;

/**
 * The data of a CloudEvent in its JSON form: as `data`, or as `data_base64`, as SDKs write what they were given as bytes
 * (CloudEvents JSON format 1.0.2, section 3.1); which has to be JSON all the same.
 *
 * @returns `undefined` when it has none.
 * @throws InvalidRequestError for both at once, and for bytes that are not JSON.
 */
export function dataOf({ type, data, data_base64: base64 }: JsonObject): JsonValue | undefined {
  // What is empty is no data, as in binary mode.
  if (base64 === undefined || base64 === null || base64 === '') return data ?? undefined;
  if (data !== undefined && data !== null)
    throw new InvalidRequestError("data and data_base64 can't both be given");
  if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0)
    throw new InvalidRequestError('data_base64 must be base64 (RFC 4648, section 4)');
  try {
    const bytes = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));
    const text = sentText(bytes);
    return parseStrictJson(isFinalType(type) ? withoutLoneSurrogates(text) : text);
  } catch (cause) {
    throw new InvalidRequestError(`data: ${(cause as Error).message}`, { cause });
  }
}

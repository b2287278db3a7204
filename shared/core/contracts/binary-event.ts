import type { JsonObject } from '../domain/json.js';
import { InvalidRequestError } from './errors.js';
import { percentDecoded } from './percent-encoding.js';

/** The headers of a message: by name in lower case, all the values that one has. */
export type MessageHeaders = Readonly<Record<string, readonly string[] | undefined>>;

const ATTRIBUTE_HEADER = /^ce-(.*)$/;

/** Whether a message carries an event in binary mode: each attribute in a header of its own. */
export function hasAttributes(headers: MessageHeaders): boolean {
  return Object.keys(headers).some((name) => ATTRIBUTE_HEADER.test(name));
}

/**
 * The event of a message in binary mode, in the JSON form that structured mode has: the attributes are in headers `ce-…`, the
 * body is its data (CloudEvents 1.0.2, HTTP binding, section 3.1; the NATS binding says the same). The data goes along as
 * `data_base64`, so that it is read, strictly, where the event is, and refused with it.
 *
 * @param mediaType That of the body, lower case; empty when none is said: then it is JSON too, as the SDKs send it.
 * @throws InvalidRequestError for a header that is no attribute, is there twice, or is no UTF-8.
 */
export function binaryEvent(headers: MessageHeaders, mediaType: string, body: Uint8Array): JsonObject {
  const event: JsonObject = {};
  for (const header of Object.keys(headers)) {
    const attribute = ATTRIBUTE_HEADER.exec(header)?.[1];
    if (attribute === undefined) continue;
    if (!/^[a-z0-9]+$/.test(attribute) || attribute === 'data' || attribute === 'datacontenttype') {
      throw new InvalidRequestError(
        `Header ${header} names no attribute of a CloudEvent; names are of a-z and 0-9`,
      );
    }
    const values = headers[header] ?? [];
    if (values.length > 1) throw new InvalidRequestError(`Header ${header} must be given only once`);
    event[attribute] = attributeValue(header, values[0] ?? '');
  }
  if (body.length === 0) return event;
  if (mediaType !== '') event.datacontenttype = mediaType;
  return { ...event, data_base64: base64Of(body) };
}

/** RFC 4648, section 4. */
function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** Section 3.1.3.2: a quoted string is unquoted, then one round of percent-decoding to UTF-8. */
function attributeValue(header: string, text: string): string {
  const plain = /^".*"$/.test(text) && text.length > 1 ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
  const value = percentDecoded(plain);
  if (value === undefined)
    throw new InvalidRequestError(`Header ${header} holds a % that does not encode UTF-8`);
  return value;
}

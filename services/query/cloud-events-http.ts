import type { IncomingMessage } from 'node:http';
import { InvalidRequestError } from '../../shared/contracts/errors.js';
import { JsonText } from '../../shared/contracts/json-text.js';
import { parseStrictJson } from '../../shared/contracts/strict-json.js';
import type { JsonObject } from '../../shared/domain/json.js';
import { mediaTypeOf, unsupportedMediaType } from './media-type.js';

/** What was sent: one event, or a list that is answered as a list; what was sent as JSON is passed on as that text. */
export type SentEvents = { event: JsonObject | JsonText } | { batch: JsonText };

/** How a request carries its events: the content modes of the CloudEvents HTTP binding 1.0.2, section 3. */
type ContentMode = 'structured' | 'batch' | 'binary';

const ALLOWED =
  'application/cloudevents+json (one event), application/cloudevents-batch+json (a list), or application/json with ce-* headers';
const ATTRIBUTE_HEADER = /^ce-(.*)$/;

/**
 * Finds the events of a request. Refused here is only what is not even the beginning of an object or of a list: the JSON is
 * read where the events are carried out, in another thread or process, and there it is decided whether an event is one that
 * Taskledger takes, so that each event of a batch has an outcome of its own.
 *
 * @throws HttpError 415 for another media type.
 * @throws InvalidRequestError for a body that can't be what its media type says.
 */
export function eventsOf(request: IncomingMessage, body: string): SentEvents {
  switch (contentMode(request)) {
    case 'structured':
      return { event: jsonThatBegins(/^[ \t\n\r]*\{/, body, 'a CloudEvent, a JSON object') };
    case 'batch':
      return { batch: jsonThatBegins(/^[ \t\n\r]*\[/, body, 'a list of CloudEvents, a JSON array') };
    case 'binary':
      return { event: binaryEvent(request, body) };
  }
}

function contentMode(request: IncomingMessage): ContentMode {
  const type = mediaTypeOf(request);
  if (type === 'application/cloudevents+json') return 'structured';
  if (type === 'application/cloudevents-batch+json') return 'batch';
  const hasAttributes = Object.keys(request.headers).some((name) => ATTRIBUTE_HEADER.test(name));
  if (!hasAttributes || (type !== '' && type !== 'application/json'))
    throw unsupportedMediaType(type, ALLOWED);
  return 'binary';
}

/** A text that begins like an object or a list can be nothing else, if it is JSON at all. */
function jsonThatBegins(start: RegExp, body: string, what: string): JsonText {
  if (start.test(body)) return new JsonText(body);
  parseStrictJson(body);
  throw new InvalidRequestError(`The body must be ${what}`);
}

/** Binary mode: each attribute in a header of its own, the body is `data`. */
function binaryEvent(request: IncomingMessage, body: string): JsonObject {
  const event: JsonObject = {};
  const headers = request.headersDistinct;
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
  if (body === '') return event;
  if (mediaTypeOf(request) === '') throw unsupportedMediaType('', ALLOWED);
  return { ...event, datacontenttype: 'application/json', data: parseStrictJson(body) };
}

/** Section 3.1.3.2: a quoted string is unquoted, then one round of percent-decoding to UTF-8. */
function attributeValue(header: string, text: string): string {
  if (/[^\x20-\x7e]/.test(text)) {
    throw new InvalidRequestError(`Header ${header} must be ASCII; other characters are percent-encoded`);
  }
  const plain = /^".*"$/.test(text) && text.length > 1 ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
  try {
    return decodeURIComponent(plain);
  } catch (cause) {
    throw new InvalidRequestError(`Header ${header} holds a % that does not encode UTF-8`, { cause });
  }
}

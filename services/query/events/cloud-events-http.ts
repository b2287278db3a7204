import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import {
  binaryEvent,
  hasAttributes,
  type MessageHeaders,
} from '../../../shared/core/contracts/binary-event.js';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { isJsonType } from '../../../shared/core/contracts/event-data.js';
import { JsonText } from '../../../shared/core/contracts/json-text.js';
import { parseStrictJson } from '../../../shared/core/contracts/strict-json.js';
import type { JsonObject } from '../../../shared/core/domain/json.js';
import { mediaTypeOf, unsupportedMediaType } from '../http/media-type.js';

/** What was sent: one event, or a list that is answered as a list; what was sent as JSON is passed on as that text. */
export type SentEvents = { event: JsonObject | JsonText } | { batch: JsonText };

/** How a request carries its events: the content modes of the CloudEvents HTTP binding 1.0.2, section 3. */
type ContentMode = 'structured' | 'batch' | 'binary';

const ALLOWED =
  'application/cloudevents+json (one event), application/cloudevents-batch+json (a list), or application/json: an event, a list, or the data of the event whose attributes are in ce-* headers';

/**
 * Finds the events of a request. Refused here is only what is not even the beginning of an object or of a list: the JSON is
 * read where the events are carried out, in another thread or process, and there it is decided whether an event is one that
 * Taskledger takes, so that each event of a batch has an outcome of its own.
 *
 * @throws HttpError 415 for another media type.
 * @throws InvalidRequestError for a body that can't be what its media type says.
 */
export function eventsOf(request: IncomingMessage, body: string): SentEvents {
  switch (contentMode(request, body)) {
    case 'structured':
      return { event: jsonThatBegins(EVENT_BEGINS, body, 'a CloudEvent, a JSON object') };
    case 'batch':
      return { batch: jsonThatBegins(LIST_BEGINS, body, 'a list of CloudEvents, a JSON array') };
    case 'binary':
      return {
        event: binaryEvent(utf8Headers(request.headersDistinct), mediaTypeOf(request), Buffer.from(body)),
      };
  }
}

function contentMode(request: IncomingMessage, body: string): ContentMode {
  const type = mediaTypeOf(request);
  if (type === 'application/cloudevents+json') return 'structured';
  if (type === 'application/cloudevents-batch+json') return 'batch';
  const isBinary = hasAttributes(request.headersDistinct);
  if (isBinary ? type !== '' && !isJsonType(type) : !PLAIN_JSON.has(type))
    throw unsupportedMediaType(type, ALLOWED);
  if (isBinary) return 'binary';
  return LIST_BEGINS.test(body) ? 'batch' : 'structured';
}

/** What `curl --json` and most HTTP clients say of JSON, whatever it holds. */
const PLAIN_JSON: ReadonlySet<string> = new Set(['application/json', 'text/json']);

const LIST_BEGINS = /^[ \t\n\r]*\[/;
const EVENT_BEGINS = /^[ \t\n\r]*\{/;

/** A text that begins like an object or a list can be nothing else, if it is JSON at all. */
function jsonThatBegins(start: RegExp, body: string, what: string): JsonText {
  if (start.test(body)) return new JsonText(body);
  parseStrictJson(body);
  throw new InvalidRequestError(`The body must be ${what}`);
}

/** Node reads the bytes of a header one by one; there are SDKs that send UTF-8 as it is. */
function utf8Headers(headers: MessageHeaders): MessageHeaders {
  const decoded: Record<string, string[]> = {};
  for (const [name, values = []] of Object.entries(headers)) {
    decoded[name] = values.map((value) => {
      const bytes = Buffer.from(value, 'latin1');
      if (name.startsWith('ce-') && !isUtf8(bytes))
        throw new InvalidRequestError(`Header ${name} must be UTF-8, plain or percent-encoded`);
      return bytes.toString('utf8');
    });
  }
  return decoded;
}

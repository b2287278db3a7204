import { EXTENSIONS_MAX } from './event-extensions.js';
import { RefusedJson } from './json-items.js';
import { isJsonObject } from './strict-json.js';

/** The header of W3C Trace Context by which a caller says what its request belongs to; also the name of the extension. */
export const TRACEPARENT = 'traceparent';

/** What a header says (W3C Trace Context, section 3.2); `undefined` for anything else, which is nobody's fault here. */
export function traceparentOf(header: string | undefined): string | undefined {
  return header !== undefined &&
    /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(header)
    ? header
    : undefined;
}

/** An event with the trace of the message that brought it, unless it names one of its own. */
export function withTraceparent(event: unknown, traceparent: string | undefined): unknown {
  if (traceparent === undefined || !isJsonObject(event) || event instanceof RefusedJson) return event;
  // One member more must not be one too many.
  const hasRoom = Object.keys(event).length < EXTENSIONS_MAX;
  return hasRoom && (event[TRACEPARENT] ?? null) === null ? { ...event, [TRACEPARENT]: traceparent } : event;
}

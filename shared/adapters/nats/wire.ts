import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import { binaryEvent, hasAttributes, type MessageHeaders } from '../../core/contracts/binary-event.js';
import { InvalidRequestError, UnavailableError } from '../../core/contracts/errors.js';
import { parseSentJson } from '../../core/contracts/json-items.js';
import { JsonText } from '../../core/contracts/json-text.js';
import { sentText } from '../../core/contracts/sent-text.js';
import { traceparentOf, TRACEPARENT } from '../../core/contracts/traceparent.js';

/** When the caller stops waiting, in milliseconds since 1970. */
export const DEADLINE_HEADER = 'Taskledger-Deadline-Ms';

/** On an answer that says that something was refused or has failed: the code of why, so that it need not be read for that. */
export const ERROR_HEADER = 'Taskledger-Error';

/** Beside it on an answer that no handler gave: the request was not carried out, or nobody knows whether it was. */
export const UNHANDLED_HEADER = 'Taskledger-Unhandled';

/** How long a caller is taken to wait that does not say so. */
export const DEFAULT_TIMEOUT_MS = 10_000;

/** How many bytes the headers of a message may have. */
export const RECEIVED_HEADER_BYTES_MAX = 16 * 1024;

/** A message as it came. The client says how large it is without saying so in its types: of a consumer's, inside of it. */
interface ReceivedMessage extends Pick<Msg, 'headers' | 'data'> {
  size?(): number;
  msg?: { size?(): number };
}

const encoder = new TextEncoder();

/** JSON as bytes; nothing is `null`, and what is JSON already stays as it is. */
export function jsonBody(value: unknown): Uint8Array {
  if (value instanceof JsonText) return encoder.encode(value.text);
  return encoder.encode(JSON.stringify(value ?? null));
}

/** The code of why something was refused or has failed, where an answer says so: `{ok: false, error: {code}}`. */
export function errorCodeIn(answer: unknown): string | undefined {
  const { ok, error } = (answer ?? {}) as { ok?: unknown; error?: { code?: unknown } };
  return ok === false && typeof error?.code === 'string' ? error.code : undefined;
}

/**
 * The headers of a message, which are read only when they are asked for. The client takes time by the square of their number
 * to read them (transport-node 3.4, `MsgHdrsImpl.decode`), in which nothing else gets done.
 *
 * @throws InvalidRequestError for what is no header, and for more of them than are taken.
 */
export function headersOf(message: ReceivedMessage): MsgHdrs | undefined {
  const bytes = headerBytesOf(message);
  if (bytes > RECEIVED_HEADER_BYTES_MAX) {
    throw new InvalidRequestError(
      `The headers have ${bytes} bytes; at most ${RECEIVED_HEADER_BYTES_MAX} are taken`,
    );
  }
  try {
    return message.headers;
  } catch (cause) {
    throw new InvalidRequestError(`The headers can't be read: ${(cause as Error).message}`, { cause });
  }
}

/** How many bytes the headers have, with the subjects, which are short. */
function headerBytesOf(message: ReceivedMessage): number {
  return (message.size?.() ?? message.msg?.size?.() ?? 0) - message.data.length;
}

/**
 * The body of a message that somebody has sent: of an event in binary mode the same event in structured mode (CloudEvents
 * 1.0.2, NATS binding).
 *
 * @throws InvalidRequestError as `binaryEvent`.
 */
export function structuredBody(headers: MsgHdrs | undefined, body: Uint8Array): Uint8Array {
  if (headers === undefined) return body;
  const byName = lowerCased(headers);
  const mediaType = (byName['content-type']?.[0] ?? '').toLowerCase();
  if (!hasAttributes(byName) || mediaType.startsWith('application/cloudevents')) return body;
  return jsonBody(binaryEvent(byName, mediaType, body));
}

/** What makes an event of a message in binary mode, and who has sent it. */
const KEPT_HEADERS = /^(?:ce-|content-type$|taskledger-(?:principal|authenticated-by|rights)$)/i;

/** The headers by which a message says that it is an event in binary mode, and who has sent it, as they came. */
export function attributesOf(headers: MsgHdrs | undefined): [string, string[]][] {
  return [...(headers ?? [])].filter(([name]) => KEPT_HEADERS.test(name));
}

/** Names in NATS keep their case, and some clients write `Ce-Id`. */
export function lowerCased(headers: MsgHdrs): MessageHeaders {
  // Any name may come, also one that every object has.
  const byName = Object.create(null) as Record<string, string[]>;
  for (const [name, values] of headers) {
    const same = (byName[name.toLowerCase()] ??= []);
    // There may be more of them than a call takes arguments.
    for (const value of values) same.push(value);
  }
  return byName;
}

/** What a message belongs to, where it says so. */
export function traceOf(headers: MsgHdrs | undefined): string | undefined {
  return traceparentOf(headers && lowerCased(headers)[TRACEPARENT]?.[0]);
}

/**
 * Reads what somebody has sent, as `parseSentJson`.
 *
 * @throws InvalidRequestError that says what is wrong.
 */
export function sentJson(bytes: Uint8Array): unknown {
  return parseSentJson(sentText(bytes));
}

/** Reads what a command service has answered: JSON that needs no checks beyond being JSON. */
export function trustedJson(bytes: Uint8Array, subject: string): unknown {
  try {
    return JSON.parse(sentText(bytes)) as unknown;
  } catch (cause) {
    throw new UnavailableError(`The answer on ${subject} is not JSON`, { cause });
  }
}

/**
 * The deadline of a request.
 *
 * @throws InvalidRequestError when its header says anything but milliseconds.
 */
export function deadlineOf(header: string | undefined, nowMs: number): number {
  if (header === undefined || header === '') return nowMs + DEFAULT_TIMEOUT_MS;
  const deadlineMs = Number(header);
  if (/^[0-9]{1,16}$/.test(header) && Number.isSafeInteger(deadlineMs)) return deadlineMs;
  throw new InvalidRequestError(`The header ${DEADLINE_HEADER} must be milliseconds since 1970`);
}

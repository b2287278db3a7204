import { InvalidRequestError, UnavailableError } from '../../contracts/errors.js';
import { parseSentJson } from '../../contracts/json-items.js';
import { JsonText } from '../../contracts/json-text.js';
import { sentText } from '../../contracts/sent-text.js';

/** When the caller stops waiting, in milliseconds since 1970. */
export const DEADLINE_HEADER = 'Taskledger-Deadline-Ms';

/** On an answer that no handler gave: the request was not carried out, or nobody knows whether it was. */
export const ERROR_HEADER = 'Taskledger-Error';

/** How long a caller is taken to wait that does not say so. */
export const DEFAULT_TIMEOUT_MS = 10_000;

const encoder = new TextEncoder();

/** JSON as bytes; nothing is `null`, and what is JSON already stays as it is. */
export function jsonBody(value: unknown): Uint8Array {
  if (value instanceof JsonText) return encoder.encode(value.text);
  return encoder.encode(JSON.stringify(value ?? null));
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

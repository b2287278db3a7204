import { InvalidRequestError, UnavailableError } from '../contracts/errors.js';
import type { Logger } from './logger.js';

// What every message bus refuses, and says of a failure, in the same words.

/** How many requests may be under way at one end of a bus; further ones are told to come again. */
export const REQUESTS_MAX = 10_000;

/** The longest that a timer can wait; a later deadline is none. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** @throws UnavailableError when so many requests are under way that no further one is taken. */
export function checkRoom(underWay: number): void {
  if (underWay >= REQUESTS_MAX)
    throw new UnavailableError(`More than ${REQUESTS_MAX} requests are under way`);
}

/**
 * How long the caller of a request waits from now on, in milliseconds; no longer than a timer can.
 *
 * @throws UnavailableError when the deadline has passed.
 */
export function callerWaitMs(subject: string, deadlineMs: number, nowMs: number): number {
  const waitMs = Math.min(deadlineMs - nowMs, TIMER_MS_MAX);
  if (waitMs < 1) throw tooLate(subject);
  return waitMs;
}

/** What the caller is told when its deadline has passed. */
export function tooLate(subject: string, options?: ErrorOptions): UnavailableError {
  return new UnavailableError(`No answer on ${subject} before the deadline`, options);
}

/** @throws UnavailableError when the caller of a request that was received waits no longer. */
export function checkDeadline(deadlineMs: number, nowMs: number): void {
  if (deadlineMs <= nowMs) throw new UnavailableError('The deadline of the request has passed');
}

/** Why a request was not answered by its handler. */
export interface RequestFailure {
  code: 'invalid_request' | 'unavailable';
  message: string;
}

/** What the caller is told of an error. One that nobody has foreseen is only logged where it happened. */
export function requestFailure(error: unknown, subject: string, logger: Logger): RequestFailure {
  if (error instanceof InvalidRequestError) return { code: 'invalid_request', message: error.message };
  if (error instanceof UnavailableError) return { code: 'unavailable', message: error.message };
  logger.error({ event: 'request_failed', err: error, subject }, 'A request failed unexpectedly');
  return { code: 'unavailable', message: 'The request has failed' };
}

/** A failure as the error that the caller gets. */
export function failureError(subject: string, { code, message }: RequestFailure): Error {
  if (code === 'invalid_request') return new InvalidRequestError(message);
  return new UnavailableError(`The request on ${subject} failed: ${message}`);
}

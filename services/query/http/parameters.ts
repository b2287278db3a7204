import type { IncomingMessage } from 'node:http';
import { parse, type ParsedUrlQuery } from 'node:querystring';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { percentDecoded } from '../../../shared/core/contracts/percent-encoding.js';

/** The parameters of a request, still as text; a repeated one is a list. */
export type Parameters = ParsedUrlQuery;

const NONE: Parameters = {};

/**
 * Reads the query string of a request's target. What is no percent-encoding is taken as it stands.
 *
 * @throws InvalidRequestError for what encodes no UTF-8: it would be read as another value than was meant.
 */
export function parametersOf({ url = '' }: IncomingMessage): Parameters {
  const start = url.indexOf('?');
  if (start === -1) return NONE;
  const query = url.slice(start + 1);
  if (percentDecoded(query) === undefined)
    throw new InvalidRequestError('The query holds a % that does not encode UTF-8');
  // As many as there are: a head has 16 KiB at most, and a filter must not be left out because others come before it.
  return parse(query, '&', '=', { maxKeys: 0 });
}

/** A parameter that may be given once; `undefined` when it is not given. */
export function single(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name];
  if (Array.isArray(value)) throw new InvalidRequestError(`${name} must be given only once`);
  return value;
}

/**
 * A parameter that is an int.
 *
 * @param allowed What is allowed, for the message: `an int from 1 to 1000`.
 * @throws InvalidRequestError when it is anything else, or out of range.
 */
export function intParameter(
  parameters: Parameters,
  name: string,
  allowed: string,
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const text = single(parameters, name);
  if (text === undefined) return undefined;
  const value = intOf(text);
  if (value === undefined || value < min || value > max)
    throw new InvalidRequestError(`${name} must be ${allowed}`);
  return value;
}

/** A task's id out of a path. */
export function taskIdOf(text: string): number {
  const id = intOf(text);
  if (id === undefined || id < 1) throw new InvalidRequestError('id must be a positive int');
  return id;
}

/** An int in digits, within what a double holds exactly; `undefined` for any other text. */
function intOf(text: string): number | undefined {
  if (!/^-?(?:0|[1-9]\d{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  // Zero has no sign here.
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}

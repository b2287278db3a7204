import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-errors.js';

/**
 * The media type of a request's body, in lower case and without parameters; empty when none is said.
 *
 * @throws HttpError 415 for a charset other than UTF-8.
 */
export function mediaTypeOf({ headers }: IncomingMessage): string {
  const said = (headers['content-type'] ?? '').toLowerCase();
  if (!said.includes(';')) return said.trim();
  const [type = '', ...parameters] = said.split(';');
  for (const parameter of parameters) {
    const charset = /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(parameter)?.[1];
    if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
      throw new HttpError('unsupported_media_type', 'The charset of the body must be utf-8');
    }
  }
  return type.trim();
}

/** Refuses a body whose media type is not the one that is allowed. */
export function requireMediaType(request: IncomingMessage, allowed: string): void {
  const type = mediaTypeOf(request);
  if (type !== allowed) throw unsupportedMediaType(type, allowed);
}

/** What is said of a body of another media type. */
export function unsupportedMediaType(type: string, allowed: string): HttpError {
  const got = type === '' ? 'missing' : JSON.stringify(type.slice(0, 100));
  return new HttpError('unsupported_media_type', `Content-Type must be ${allowed}; it is ${got}`);
}

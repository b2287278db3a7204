import { InvalidRequestError } from './errors.js';

// A byte order mark is no part of a text; RFC 8259, section 8.1, lets a reader of JSON skip it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * The text of a body that somebody has sent, by whatever way, without a byte order mark before it.
 *
 * @throws InvalidRequestError when it is not UTF-8.
 */
export function sentText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new InvalidRequestError('The body is not UTF-8', { cause });
  }
}

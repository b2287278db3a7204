import type { IncomingMessage } from 'node:http';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';

const KEY_CHARACTERS_MAX = 512;

/**
 * The `Idempotency-Key` of a request, by which its repeat is known; `undefined` when there is none.
 *
 * @throws InvalidRequestError for one that is empty, too long or not visible ASCII.
 */
export function idempotencyKeyOf({ headers }: IncomingMessage): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[!-~](?:[ -~]*[!-~])?$/.test(key) || key.length > KEY_CHARACTERS_MAX) {
    throw new InvalidRequestError(`Idempotency-Key must be 1 to ${KEY_CHARACTERS_MAX} characters of ASCII`);
  }
  return key;
}

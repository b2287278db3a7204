import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';

/** A place in a list as clients carry it: opaque to them. */
export function cursorOf(place: number): string {
  return Buffer.from(String(place), 'latin1').toString('base64url');
}

/**
 * The place that a cursor stands for, from 1; `undefined` without one.
 *
 * @throws InvalidRequestError for what `cursorOf` did not make.
 */
export function cursorPlace(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const digits = Buffer.from(text, 'base64url').toString('latin1');
  if (!/^[1-9]\d{0,14}$/.test(digits) || cursorOf(Number(digits)) !== text) {
    throw new InvalidRequestError('cursor must be one that a Link header of this list has given');
  }
  return Number(digits);
}

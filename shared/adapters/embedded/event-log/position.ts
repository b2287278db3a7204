import { InvalidRequestError } from '../../../core/contracts/errors.js';

const DIGITS = 16;

/** A count of events from 1 as the position that others see: its digits, filled up so that text order is its order. */
export function formatPosition(count: number): string {
  return String(count).padStart(DIGITS, '0');
}

/** Whether a text has the form of a position. */
export function isPosition(text: string): boolean {
  return /^\d{16}$/.test(text);
}

/**
 * The count behind a position; 0 for none.
 *
 * @throws InvalidRequestError for a text that is no position of this store.
 */
export function parsePosition(position: string | undefined): number {
  if (position === undefined) return 0;
  if (!isPosition(position)) {
    throw new InvalidRequestError(`Position ${JSON.stringify(position)} must be ${DIGITS} digits`);
  }
  return Number(position);
}

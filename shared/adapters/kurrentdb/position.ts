import { InvalidRequestError } from '../../core/contracts/errors.js';

/** What KurrentDB calls a position: byte offsets in its log. */
export interface LogPosition {
  commit: bigint;
  prepare: bigint;
}

const DIGITS = 20;
const FORM = /^(\d{20})-(\d{20})$/;

/** What the store says where it knows no position: -1 in an unsigned number of 64 bits. */
const NO_POSITION = 2n ** 64n - 1n;

/** The position before everything, in the order of texts. */
export const BEFORE_ALL = '';

/**
 * A position as others see it: both offsets, each filled up to a fixed width, so that text order is the log's order.
 *
 * An event's two offsets are equal (each is written with its commit in one). A checkpoint of a filtered subscription is
 * the offset where a record begins, with a prepare offset of 0: it stands before an event at that place, not at it, and
 * is kept as it came, so that a subscription that resumes there leaves nothing out.
 */
export function formatPosition({ commit, prepare }: LogPosition): string {
  return `${String(commit).padStart(DIGITS, '0')}-${String(prepare).padStart(DIGITS, '0')}`;
}

/**
 * The position of an event from its commit offset; `undefined` when the store gave none.
 */
export function eventPosition(commit: bigint | undefined): string | undefined {
  if (commit === undefined || commit === NO_POSITION) return undefined;
  return formatPosition({ commit, prepare: commit });
}

/** Whether a text has the form of a position. */
export function isPosition(text: string): boolean {
  return FORM.test(text);
}

/** @throws InvalidRequestError for a text that is no position of this store. */
export function parsePosition(position: string): LogPosition {
  const [, commit, prepare] = FORM.exec(position) ?? [];
  if (commit === undefined || prepare === undefined) {
    throw new InvalidRequestError(
      `Position ${JSON.stringify(position)} must be two numbers of ${DIGITS} digits, joined by a hyphen`,
    );
  }
  return { commit: BigInt(commit), prepare: BigInt(prepare) };
}

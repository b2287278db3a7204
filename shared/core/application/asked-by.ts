import { UNCHECKED, type Caller, type Right } from '../contracts/caller.js';
import { InvalidRequestError } from '../contracts/errors.js';

/**
 * Holds what is to be carried out against what its caller may do.
 *
 * @param what Names it to them.
 * @throws InvalidRequestError when they have not this right.
 */
export function checkRight({ rights }: Caller, right: Right, what: string): void {
  if (!rights.includes(right)) {
    throw new InvalidRequestError(`${what} is not taken from who may not ${right}`);
  }
}

/** Who is put on record as having asked, and how that was checked. */
export type AskedBy = Pick<Caller, 'principal' | 'authenticatedBy'>;

/**
 * Who asked: the caller, if that was checked; else who is said to have.
 *
 * @param actor Whom a command names as the one who wants it.
 */
export function askedBy({ principal, authenticatedBy }: Caller, actor: string | undefined): AskedBy {
  const isSaid = authenticatedBy === UNCHECKED && actor !== undefined;
  return { principal: isSaid ? actor : principal, authenticatedBy };
}

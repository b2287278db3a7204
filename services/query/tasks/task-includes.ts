import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import type { Parameters } from '../http/parameters.js';

/**
 * The members that `include` asks for beside the contract's, separated by commas or repeated.
 *
 * @param allowed Those that there are, in the order in which they are answered.
 * @returns In that order; `undefined` when the parameter is not given.
 * @throws InvalidRequestError that says what is allowed.
 */
export function includesOf<Include extends string>(
  parameters: Parameters,
  allowed: readonly Include[],
): Include[] | undefined {
  const given = parameters.include;
  if (given === undefined) return undefined;
  const names = (Array.isArray(given) ? given : [given]).flatMap((text) => text.split(','));
  if (!names.every((name) => (allowed as readonly string[]).includes(name)))
    throw new InvalidRequestError(`include must be one or more of ${allowed.join(', ')}`);
  return allowed.filter((name) => names.includes(name));
}

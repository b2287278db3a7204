import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { TIME_FORMS, type TimeForm } from '../../../shared/core/contracts/time.js';
import { single, type Parameters } from './parameters.js';

/**
 * How times are asked for by `times`, in every answer that has a task in it. What is not the contract's has milliseconds and
 * `Z` in any case.
 *
 * @returns `undefined` when the parameter is not given: as the contract has them.
 * @throws InvalidRequestError that says what is allowed.
 */
export function timesOf(parameters: Parameters): TimeForm {
  const text = single(parameters, 'times');
  if (text === undefined) return undefined;
  const times = TIME_FORMS.find((form) => form === text);
  if (times === undefined) throw new InvalidRequestError(`times must be ${TIME_FORMS.join(' or ')}`);
  return times;
}

import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { SEARCH } from '../tasks/search-words.js';
import { TASK_FILTER_PARAMETERS } from '../tasks/task-filter-parameters.js';
import type { Parameters } from './parameters.js';

/** Asks for a past state: where there is none to be had, the present one would be a wrong answer. */
export const AS_OF = 'as_of';

const SAYS_WHICH: readonly string[] = [...TASK_FILTER_PARAMETERS, SEARCH, AS_OF];

/**
 * Refuses a parameter that elsewhere says which tasks, or which state of them, where it is not taken: an answer about others
 * would be taken for the one that was asked for. Any other unknown parameter is ignored, as the contract has it.
 *
 * @param taken What is taken here, for the message too.
 * @throws InvalidRequestError
 */
export function checkTaken(parameters: Parameters, taken: readonly string[]): void {
  for (const name in parameters) {
    if (!SAYS_WHICH.includes(name)) continue;
    if (!taken.includes(name))
      throw new InvalidRequestError(`${name} is not taken here; taken are: ${taken.join(', ') || 'none'}`);
  }
}

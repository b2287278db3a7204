import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { wordsIn } from '../../../shared/core/domain/words.js';
import type { ListFilter } from '../../../shared/core/ports/task-filter.js';
import { single, type Parameters } from '../http/parameters.js';

/** The parameter that finds tasks by words. */
export const SEARCH = 'q';

/** What it looks like. */
export const SEARCH_SHAPE = { type: 'string', maxLength: 1_000, pattern: '[\\p{L}\\p{M}\\p{N}]' };

/** How many words may be asked for. */
export const SEARCH_WORDS_MAX = 20;

/** Before what is looked for in the error alone. */
const OF_ERROR = 'error:';

/**
 * The words that a search asks for, all of which a task must have.
 *
 * @returns Nothing when the parameter is not given.
 * @throws InvalidRequestError when it has no word, or too many.
 */
export function searchedWords(parameters: Parameters): Pick<ListFilter, 'words' | 'errorWords'> {
  const text = single(parameters, SEARCH);
  if (text === undefined) return {};
  const parts = text.split(/\s+/u);
  const ofError = parts
    .filter((part) => part.startsWith(OF_ERROR))
    .map((part) => part.slice(OF_ERROR.length));
  const words = wordsIn(parts.filter((part) => !part.startsWith(OF_ERROR)).join(' '));
  const errorWords = wordsIn(ofError.join(' '));
  const count = words.length + errorWords.length;
  if (count === 0 || count > SEARCH_WORDS_MAX || text.length > SEARCH_SHAPE.maxLength) {
    throw new InvalidRequestError(
      `${SEARCH} must be 1 to ${SEARCH_WORDS_MAX} words of letters and digits, those of the error alone with ${OF_ERROR} before ` +
        `them, in ${SEARCH_SHAPE.maxLength} characters at most`,
    );
  }
  return { ...(words.length > 0 && { words }), ...(errorWords.length > 0 && { errorWords }) };
}

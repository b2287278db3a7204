import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { MESSAGE_LEVELS, type MessageLevel } from '../../../shared/core/domain/events.js';
import { single, type Parameters } from '../http/parameters.js';
import type { TaskMessage } from './task-message.js';

/** How long a text to look for may be, in characters. */
export const WANTED_CHARACTERS_MAX = 256;

/** The parameters that say which messages. */
export const MESSAGE_FILTER_PARAMETERS = ['level', 'q'] as const;

/** Whether a message is one that was asked for. */
export type MessageFilter = (message: Pick<TaskMessage, 'level' | 'message'>) => boolean;

/**
 * Which messages `level` (that one and what matters more) and `q` (a text that stands anywhere in it, in upper or lower case)
 * ask for. Of an erased one nothing is found.
 *
 * @throws InvalidRequestError that names the parameter and what is allowed.
 */
export function messageFilterOf(parameters: Parameters): MessageFilter {
  const level = single(parameters, 'level');
  const text = single(parameters, 'q');
  const least = level === undefined ? 0 : MESSAGE_LEVELS.indexOf(level as MessageLevel);
  if (least === -1) throw new InvalidRequestError(`level must be one of ${MESSAGE_LEVELS.join(', ')}`);
  if (text !== undefined && (text === '' || text.length > WANTED_CHARACTERS_MAX))
    throw new InvalidRequestError(`q must have 1 to ${WANTED_CHARACTERS_MAX} characters`);
  const wanted = text?.toLowerCase();
  return (said) =>
    MESSAGE_LEVELS.indexOf(said.level) >= least &&
    (wanted === undefined || said.message?.toLowerCase().includes(wanted) === true);
}

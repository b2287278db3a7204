import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { isTaskKey } from '../../../shared/core/contracts/fields.js';
import { normalTime, shownTime } from '../../../shared/core/contracts/time.js';
import { utf8Length } from '../../../shared/core/contracts/utf8.js';
import { TASK_KEY_BYTES_MAX } from '../../../shared/core/domain/limits.js';
import { TASK_STATUSES } from '../../../shared/core/domain/task.js';
import { KEY_PREFIX_LEVELS_MAX } from '../../../shared/core/ports/key-paths.js';
import type { TaskFilter } from '../../../shared/core/ports/read-model.js';
import { intParameter, single, type Parameters } from '../http/parameters.js';

/** The parameters that say which tasks. */
export const TASK_FILTER_PARAMETERS = [
  'project_id',
  'status',
  'task_type',
  'created_after',
  'created_before',
  'key',
  'key_prefix',
] as const;

/**
 * The filter that `TASK_FILTER_PARAMETERS` name. Lists, streams and bulk cancels share it. Unknown parameters are ignored.
 *
 * `status` and `task_type` take several values, separated by commas or repeated. Plain ones are alternatives; those with
 * `!` before them are taken away from the plain ones, or from everything when there are no plain ones.
 *
 * @param taskTypes The types that there are.
 * @throws InvalidRequestError that names the parameter and what is allowed.
 */
export function taskFilterOf(parameters: Parameters, taskTypes: readonly string[]): TaskFilter {
  const filter: TaskFilter = {};
  const projectId = intParameter(parameters, 'project_id', 'an int');
  if (projectId !== undefined) filter.projectId = projectId;

  const statuses = choiceParameter(parameters, 'status', TASK_STATUSES);
  if (statuses !== undefined)
    filter.statuses = without(statuses.plain.length > 0 ? statuses.plain : TASK_STATUSES, statuses.negated);
  const types = choiceParameter(parameters, 'task_type', taskTypes);
  // Tasks can be of types that are not set up any more, so what is left when some are taken away can't be named here.
  if (types !== undefined && types.plain.length === 0) filter.notTaskTypes = types.negated;
  else if (types !== undefined) filter.taskTypes = without(types.plain, types.negated);

  const createdAfter = secondParameter(parameters, 'created_after');
  if (createdAfter !== undefined) filter.createdAfter = createdAfter;
  const createdBefore = secondParameter(parameters, 'created_before');
  if (createdBefore !== undefined) filter.createdBefore = createdBefore;

  const key = single(parameters, 'key');
  if (key !== undefined) filter.key = checked('key', key, isTaskKey, KEY_ALLOWED);
  const prefix = single(parameters, 'key_prefix');
  if (prefix !== undefined) filter.keyPrefix = checked('key_prefix', prefix, isKeyPrefix, KEY_PREFIX_ALLOWED);
  return filter;
}

const KEY_ALLOWED = `1 to ${TASK_KEY_BYTES_MAX} bytes with at least one character that is no digit`;
const KEY_PREFIX_ALLOWED =
  `1 to ${KEY_PREFIX_LEVELS_MAX} whole segments of a path, each with a / after it, such as crawl/2025-03-12/ ` +
  `(${TASK_KEY_BYTES_MAX} bytes at most)`;
const TIME_ALLOWED = 'a time as in RFC 3339, or one in UTC without offset such as 2025-03-12T10:00:00';

function isKeyPrefix(text: string): boolean {
  if (!text.endsWith('/') || utf8Length(text) > TASK_KEY_BYTES_MAX) return false;
  return text.split('/').length - 1 <= KEY_PREFIX_LEVELS_MAX;
}

function checked(name: string, text: string, allows: (text: string) => boolean, allowed: string): string {
  if (allows(text)) return text;
  throw new InvalidRequestError(`${name} must be ${allowed}`);
}

function without<Value>(values: readonly Value[], taken: readonly Value[]): Value[] {
  return values.filter((value) => !taken.includes(value));
}

interface Choice<Value> {
  plain: Value[];
  negated: Value[];
}

/** The values of a parameter, repeated or separated by commas, of which each may have `!` before it. */
function choiceParameter<Value extends string>(
  parameters: Parameters,
  name: string,
  allowed: readonly Value[],
): Choice<Value> | undefined {
  const given = parameters[name];
  if (given === undefined) return undefined;
  const texts = (Array.isArray(given) ? given : [given]).flatMap((text) => text.split(','));
  const plain = new Set<Value>();
  const negated = new Set<Value>();
  for (const text of texts) {
    const value = (text.startsWith('!') ? text.slice(1) : text) as Value;
    if (!allowed.includes(value)) {
      throw new InvalidRequestError(
        `${name} must be one or more of ${allowed.join(', ')} (with ! before it: all but this one)`,
      );
    }
    (text.startsWith('!') ? negated : plain).add(value);
  }
  return { plain: [...plain], negated: [...negated] };
}

const TIME = /^([^.]{19})(?:\.(\d{1,9}))?(.*)$/;

/** The first whole second that is not before the time of a parameter, in UTC as it is shown. */
function secondParameter(parameters: Parameters, name: string): string | undefined {
  const text = single(parameters, name);
  if (text === undefined) return undefined;
  // In a query an unescaped + is a space, and an offset is where a time has one.
  const [, wholeSeconds, fraction = '', offset] = TIME.exec(text.replace(' ', '+')) ?? [];
  const time = normalTime(`${wholeSeconds}${offset === '' ? 'Z' : offset}`);
  const second = time === undefined || !/[1-9]/.test(fraction) ? time : secondAfter(time);
  if (second === undefined) throw new InvalidRequestError(`${name} must be ${TIME_ALLOWED}`);
  return shownTime(second);
}

/** `undefined` after the last second of the year 9999. */
function secondAfter(time: string): string | undefined {
  return normalTime(new Date(Date.parse(time) + 1000).toISOString());
}

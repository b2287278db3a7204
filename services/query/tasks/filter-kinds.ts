import { z } from 'zod';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { normalTime, shownTime } from '../../../shared/core/contracts/time.js';
import type { TaskFilter } from '../../../shared/core/ports/task-filter.js';
import { intParameter, single, type Parameters } from '../http/parameters.js';
import { INT, type Json } from '../openapi/parts.js';

/** How many values a member of a filter in a body has at most. */
const VALUES_MAX = 100;
/** How many tasks a filter names at most. */
export const IDS_MAX = 1_000;
/** How long a text of it may be. */
const CHARACTERS_MAX = 1_000;

const textError = { error: `must be a string of at most ${CHARACTERS_MAX} characters` };
const textMember = z.string(textError).max(CHARACTERS_MAX, textError);
const valuesError = { error: `must be a string, or a list of 1 to ${VALUES_MAX} strings` };
const valuesMember = z.union(
  [textMember, z.array(textMember).min(1, valuesError).max(VALUES_MAX, valuesError)],
  valuesError,
);

const idsError = { error: `must be the id of a task, or a list of 1 to ${IDS_MAX} of them` };
const idsMember = z.union(
  [z.int(idsError), z.array(z.int(idsError)).min(1, idsError).max(IDS_MAX, idsError)],
  idsError,
);

/** What is named in filters, as it stands here. */
export interface FilterNames {
  /** The types that a task may have. */
  taskTypes: readonly string[];
  /** The id of the project with this name; `undefined` when there is none. */
  projectId(name: string): number | undefined;
  /** What others can call the task that is called so: that, and its id or its key, once it is there. */
  taskNames(name: string): readonly string[];
  /** The task that is called so, and all below it. */
  family(name: string): readonly number[];
}

/** A value of a filter in a body. */
export type FilterValue = true | number | string | (number | string)[];

/** A parameter that says which tasks, and the member of a body that says the same. */
export interface FilterParameter {
  description: string;
  /** A value in the query, as the description has it, and how several are written. */
  json: Json;
  style?: Json;
  /** A value in a body, and what is taken there before it is read as a parameter is. */
  bodyJson: Json;
  member: z.ZodType<FilterValue>;
  /**
   * The condition that it is. It is asked only for a parameter that is given.
   *
   * @throws InvalidRequestError that names the parameter and what is allowed.
   */
  read(parameters: Parameters, name: string, names: FilterNames): TaskFilter;
}

/** One int. @param member What it is in a body. */
export function intFilter(
  description: string,
  member: z.ZodType<number>,
  condition: (value: number) => TaskFilter,
): FilterParameter {
  const read: FilterParameter['read'] = (parameters, name) =>
    condition(intParameter(parameters, name, 'an int') as number);
  return { description, json: INT, bodyJson: INT, member, read };
}

/** One text. */
export function textFilter(
  description: string,
  json: Json,
  allows: (text: string) => boolean,
  allowed: string,
  condition: (text: string, names: FilterNames) => TaskFilter,
): FilterParameter {
  const read: FilterParameter['read'] = (parameters, name, names) => {
    const text = single(parameters, name) as string;
    if (!allows(text)) throw new InvalidRequestError(`${name} must be ${allowed}`);
    return condition(text, names);
  };
  return { description, json, bodyJson: json, member: textMember, read };
}

/** What several texts are, and how many. */
export interface SeveralTexts {
  /** One of them. */
  json: Json;
  allows: (text: string) => boolean;
  allowed: string;
  countMax: number;
}

/** Several texts, for which the parameter is repeated: they may have commas in them. */
export function textsFilter(
  description: string,
  { json, allows, allowed, countMax }: SeveralTexts,
  condition: (texts: string[]) => TaskFilter,
): FilterParameter {
  const list = { type: 'array', minItems: 1, maxItems: countMax, items: json };
  const read: FilterParameter['read'] = (parameters, name) => {
    const given = parameters[name] as string | string[];
    const texts = [...new Set(Array.isArray(given) ? given : [given])];
    if (texts.length > countMax || !texts.every(allows))
      throw new InvalidRequestError(
        `${name} must be ${allowed}, repeated for another one, ${countMax} at most`,
      );
    return condition(texts);
  };
  return { description, json: list, bodyJson: { anyOf: [json, list] }, member: valuesMember, read };
}

/** Ints above 0, separated by commas or repeated. */
export function idsFilter(description: string, condition: (ids: number[]) => TaskFilter): FilterParameter {
  const read: FilterParameter['read'] = (parameters, name) => {
    const given = parameters[name] as string | string[];
    const texts = (Array.isArray(given) ? given : [given]).flatMap((text) => text.split(','));
    const ids = [...new Set(texts.map((text) => (/^[1-9]\d{0,15}$/.test(text) ? Number(text) : NaN)))];
    if (ids.length > IDS_MAX || !ids.every(Number.isSafeInteger))
      throw new InvalidRequestError(`${name} must be 1 to ${IDS_MAX} ids of tasks, with commas between them`);
    return condition(ids);
  };
  const id = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
  const json = { type: 'array', minItems: 1, maxItems: IDS_MAX, items: id };
  return { description, json, style: COMMAS, bodyJson: { anyOf: [id, json] }, member: idsMember, read };
}

/** A condition that is there or is not: `true` is its only value. */
export function flagFilter(description: string, condition: TaskFilter): FilterParameter {
  const read: FilterParameter['read'] = (parameters, name) => {
    if (single(parameters, name) !== 'true') throw new InvalidRequestError(`${name} must be true`);
    return condition;
  };
  const member = z.literal(true, { error: 'must be true' });
  return {
    description,
    json: { type: 'boolean', enum: [true] },
    bodyJson: { type: 'boolean', enum: [true] },
    member,
    read,
  };
}

const TIME_JSON = { type: 'string', format: 'date-time', example: '2025-03-12T10:00:00Z' };
const TIME_ALLOWED = 'a time as in RFC 3339, or one in UTC without offset such as 2025-03-12T10:00:00';
const TIME = /^([^.]{19})(?:\.(\d{1,9}))?(.*)$/;

/** A time: the first whole second that is not before it, in UTC as it is shown. */
export function secondFilter(
  description: string,
  condition: (second: string) => TaskFilter,
): FilterParameter {
  const read: FilterParameter['read'] = (parameters, name) => {
    const second = secondOf(single(parameters, name) as string);
    if (second === undefined) throw new InvalidRequestError(`${name} must be ${TIME_ALLOWED}`);
    return condition(second);
  };
  return {
    description: `${description}. UTC where there is no offset; a fraction counts as the next second`,
    json: TIME_JSON,
    bodyJson: TIME_JSON,
    member: textMember,
    read,
  };
}

function secondOf(text: string): string | undefined {
  // In a query an unescaped + is a space, and an offset is where a time has one.
  const [, wholeSeconds, fraction = '', offset] = TIME.exec(text.replace(' ', '+')) ?? [];
  const time = normalTime(`${wholeSeconds}${offset === '' ? 'Z' : offset}`);
  const second = time === undefined || !/[1-9]/.test(fraction) ? time : secondAfter(time);
  return second && shownTime(second);
}

/** `undefined` after the last second of the year 9999. */
function secondAfter(time: string): string | undefined {
  return normalTime(new Date(Date.parse(time) + 1000).toISOString());
}

/** Which values there are, and what they are, for messages: `one or more of a, b`. */
export interface AllowedValues {
  allows(value: string): boolean;
  text: string;
}

/** Values that were said plainly, and those with `!` before them. */
export interface Choice {
  plain: string[];
  negated: string[];
}

/**
 * Several values, separated by commas or repeated. Plain ones are alternatives; those with `!` before them are taken away from
 * the plain ones, or from everything when there are no plain ones.
 *
 * @param json A value in the query, and a text of them in a body.
 * @param allowed The values that there are, out of the types of tasks that there are.
 */
export function choiceFilter(
  description: string,
  json: { value: Json; text: Json },
  allowed: (taskTypes: readonly string[]) => AllowedValues,
  condition: (choice: Choice) => TaskFilter,
): FilterParameter {
  const text = { type: 'string', maxLength: CHARACTERS_MAX, ...json.text };
  return {
    description: `${description}; with ! before it: all but these`,
    json: { type: 'array', minItems: 1, items: { type: 'string', ...json.value } },
    style: COMMAS,
    bodyJson: { anyOf: [text, { type: 'array', minItems: 1, maxItems: VALUES_MAX, items: text }] },
    member: valuesMember,
    read: (parameters, name, { taskTypes }) =>
      condition(choiceOf(parameters[name] as string | string[], name, allowed(taskTypes))),
  };
}

/** How the description says that values are separated by commas. */
export const COMMAS = { style: 'form', explode: false };

function choiceOf(given: string | string[], name: string, allowed: AllowedValues): Choice {
  const texts = (Array.isArray(given) ? given : [given]).flatMap((text) => text.split(','));
  const plain = new Set<string>();
  const negated = new Set<string>();
  for (const text of texts) {
    const value = text.startsWith('!') ? text.slice(1) : text;
    if (!allowed.allows(value))
      throw new InvalidRequestError(`${name} must be ${allowed.text} (with ! before it: all but this one)`);
    (text.startsWith('!') ? negated : plain).add(value);
  }
  return { plain: [...plain], negated: [...negated] };
}

/** These values and no others. */
export function oneOrMoreOf(values: readonly string[]): AllowedValues {
  return { allows: (value) => values.includes(value), text: `one or more of ${values.join(', ')}` };
}

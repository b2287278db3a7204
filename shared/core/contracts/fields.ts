import { z } from 'zod';
import type { JsonObject } from '../domain/json.js';
import { TASK_KEY_BYTES_MAX } from '../domain/limits.js';
import { cutText } from './cut-text.js';
import { isJsonObject } from './strict-json.js';
import { normalTime } from './time.js';
import { utf8Length } from './utf8.js';

/** The task types that exist without any setting. */
export const DEFAULT_TASK_TYPES = ['search', 'dedup', 'crawl', 'ocr', 'index', 'keyword_expand'] as const;

/** Among the types that are set up: any other well-formed one is taken as well. */
export const ANY_TASK_TYPE = '*';

/** What JSON Schema says of a type of tasks. */
export const TASK_TYPE_SHAPE = { pattern: '^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$' };

const TASK_TYPE = new RegExp(TASK_TYPE_SHAPE.pattern);

/** Whether a text may name a type of tasks. */
export function isTaskType(text: string): boolean {
  return TASK_TYPE.test(text);
}

/** What `isTaskType` allows, for messages. */
export const TASK_TYPE_ALLOWED = '1 to 128 of A-Z, a-z, 0-9 and _.:/-, the first one a letter or digit';

/** Whether a value is for sure one that a field takes as it stands. */
export type Recognises = (value: unknown) => boolean;

const recognised = new Map<unknown, Recognises>();

/**
 * Fields whose values can be recognised without their schema, and objects with a condition on several of their members, which
 * are then themselves asked for; the schema has the last word on what is not recognised.
 */
export const RECOGNISED_FIELDS: ReadonlyMap<unknown, Recognises> = recognised;

/** Has a field's values be recognised: `RECOGNISED_FIELDS`. */
export function recognisable<Field>(field: Field, recognises: Recognises): Field {
  recognised.set(field, recognises);
  return field;
}

const isInt = Number.isSafeInteger as (value: unknown) => value is number;

const intText = (allowed: string): { error: string } => ({ error: `must be ${allowed}` });

/** A task's id: 1, 2, 3 … */
export const taskIdField = z.int(intText('a positive int')).positive(intText('a positive int'));

/** A project's id: any int. */
export const projectIdField = recognisable(
  z
    .int(intText('an int'))
    // Negative zero is an int too, but would be another key in an index.
    .transform((value) => value + 0),
  (value) => isInt(value) && value !== 0,
);

/** What JSON Schema says of a project's name. */
export const PROJECT_NAME_SHAPE = {
  minLength: 1,
  maxLength: 128,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]+$',
};

/** What `isProjectName` allows, for messages. */
export const PROJECT_NAME_ALLOWED = '1 to 128 characters, none of them a control character';

/** Whether a text may name a project. */
export function isProjectName(text: string): boolean {
  return /^\P{Cc}{1,128}$/u.test(text);
}

const projectNameError = { error: `must be a string of ${PROJECT_NAME_ALLOWED}` };

/** A project's name. */
export const projectNameField = recognisable(
  z.string(projectNameError).refine(isProjectName, projectNameError).meta(PROJECT_NAME_SHAPE),
  (value) => typeof value === 'string' && isProjectName(value),
);

/** An int from a least one on. @param allowed What is allowed, for the message. */
export function intField(allowed: string, min: number, max = Number.MAX_SAFE_INTEGER): z.ZodNumber {
  const error = intText(allowed);
  return recognisable(
    z.int(error).min(min, error).max(max, error),
    (value) => isInt(value) && value >= min && value <= max,
  );
}

/** A count of steps. */
export const stepsField = intField('an int of 0 or more', 0);

/** The greatest number that a queue may give an attempt: one more can always follow. */
const ATTEMPT_MAX = 1_000_000_000;

/** The number of an attempt: 1, 2, 3 … */
export const attemptField = intField(`an int from 1 to ${ATTEMPT_MAX}`, 1, ATTEMPT_MAX);

/** Text of any kind; how long it may be is bounded by the size of a stored event. */
export const textField = recognisable(
  z.string({ error: 'must be a string' }),
  (value) => typeof value === 'string',
);

/** Text of what ends a task: what is too long of it is cut. */
export const finalTextField = recognisable(
  textField.transform((text) => cutText(text)),
  (value) => typeof value === 'string' && value === cutText(value),
);

/** A JSON object that is carried as it came. */
export const objectField = recognisable(
  z.custom<JsonObject>(isJsonObject, { error: 'must be an object' }),
  isJsonObject,
);

/** A time as the three endpoints of the contract show it, or with milliseconds and `Z` where that is asked for. */
export const shownTimeField = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3}Z)?$/)
  .meta({
    description: 'UTC, without offset and fraction; as 2025-03-12T10:00:00.000Z with times=rfc3339',
    example: '2025-03-12T10:00:00',
  });

/** A time as everything but the three endpoints of the contract shows it. */
export const fullTimeField = z.string().meta({ format: 'date-time', example: '2025-03-12T10:00:00.000Z' });

/** A short name that must not be empty. */
export function nameField(charactersMax: number): z.ZodString {
  const error = { error: `must be a string of 1 to ${charactersMax} characters` };
  return z.string(error).min(1, error).max(charactersMax, error);
}

const keyError = {
  error: `must be a string of 1 to ${TASK_KEY_BYTES_MAX} bytes with at least one character that is no digit`,
};

/** What JSON Schema can say of a task's key: it counts characters, which may have several bytes each. */
export const TASK_KEY_SHAPE = { minLength: 1, maxLength: TASK_KEY_BYTES_MAX, pattern: '[^0-9]' };

/** A publisher's own name for a task. */
export const taskKeyField = z.string(keyError).refine(isTaskKey, keyError).meta(TASK_KEY_SHAPE);

/** Whether a text may name a task: never all digits, so that it can't be taken for an id. */
export function isTaskKey(text: string): boolean {
  return text.length > 0 && utf8Length(text) <= TASK_KEY_BYTES_MAX && !/^[0-9]+$/.test(text);
}

/** A short text, such as the name of a worker. */
export function shortTextField(charactersMax: number): z.ZodString {
  return recognisable(
    nameField(charactersMax),
    (value) => typeof value === 'string' && value !== '' && value.length <= charactersMax,
  );
}

/** A time that is kept as it is understood: RFC 3339 with `Z` and milliseconds. */
export const timeField = recognisable(
  z
    .string({ error: 'must be an RFC 3339 time' })
    .transform((text, context) => {
      const time = normalTime(text);
      if (time !== undefined) return time;
      context.addIssue({ code: 'custom', message: 'must be an RFC 3339 time, such as 2025-03-12T10:00:00Z' });
      return z.NEVER;
    })
    .meta({ format: 'date-time' }),
  (value) => typeof value === 'string' && normalTime(value) === value,
);

/** What such a name looks like. */
export const TASK_NAME_SHAPE = { ...TASK_KEY_SHAPE, pattern: '^[1-9][0-9]{0,15}$|[^0-9]' };

/** What is allowed as one, in words. */
export const TASK_NAME_ALLOWED = `a task's id in digits, or a key of 1 to ${TASK_KEY_BYTES_MAX} bytes`;

/** Another task, named before it may be there: by its id in digits or by its key. */
export const taskNameField = recognisable(
  z.string(taskNameError()).refine(isTaskName, taskNameError()).meta(TASK_NAME_SHAPE),
  (value) => typeof value === 'string' && isTaskName(value),
);

function taskNameError(): { error: string } {
  return { error: `must be ${TASK_NAME_ALLOWED}` };
}

/** Whether a text names a task: an id in digits, or a key. */
export function isTaskName(text: string): boolean {
  return isTaskKey(text) || (/^[1-9][0-9]*$/.test(text) && Number.isSafeInteger(Number(text)));
}
const DESCRIBED_TASK_TYPE = {
  description: 'One of the types that are set up here',
  examples: [...DEFAULT_TASK_TYPES],
};

/** The type of a task, whatever is set up by now. */
export const shownTaskTypeField = z.string().meta(DESCRIBED_TASK_TYPE);

/** The type of a task, out of those that are set up. As examples it has those that are there without any setting. */
export function taskTypeField(taskTypes: readonly string[]): z.ZodType<string, string> {
  const described = { ...DESCRIBED_TASK_TYPE, ...TASK_TYPE_SHAPE };
  if (!taskTypes.includes(ANY_TASK_TYPE)) {
    const error = `must be one of ${taskTypes.join(', ')}`;
    return z.enum(taskTypes as [string, ...string[]], { error }).meta(described);
  }
  const error = { error: `must be ${TASK_TYPE_ALLOWED}` };
  return recognisable(
    z.string(error).regex(TASK_TYPE, error).meta(described),
    (value) => typeof value === 'string' && isTaskType(value),
  );
}

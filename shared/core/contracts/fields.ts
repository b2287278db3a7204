import { z } from 'zod';
import type { JsonObject } from '../domain/json.js';
import { TASK_KEY_BYTES_MAX } from '../domain/limits.js';
import { cutText } from './cut-text.js';
import { isJsonObject } from './strict-json.js';
import { utf8Length } from './utf8.js';

/** The task types that exist without any setting. */
export const DEFAULT_TASK_TYPES = ['search', 'dedup', 'crawl', 'ocr', 'index', 'keyword_expand'] as const;

const intText = (allowed: string): { error: string } => ({ error: `must be ${allowed}` });

/** A task's id: 1, 2, 3 … */
export const taskIdField = z.int(intText('a positive int')).positive(intText('a positive int'));

/** A project's id: any int. */
export const projectIdField = z
  .int(intText('an int'))
  // Negative zero is an int too, but would be another key in an index.
  .transform((value) => value + 0);

/** A count of steps. */
export const stepsField = z.int(intText('an int of 0 or more')).min(0, intText('an int of 0 or more'));

/** The number of an attempt: 1, 2, 3 … */
export const attemptField = z.int(intText('an int of 1 or more')).min(1, intText('an int of 1 or more'));

/** Text of any kind; how long it may be is bounded by the size of a stored event. */
export const textField = z.string({ error: 'must be a string' });

/** Text of what ends a task: what is too long of it is cut. */
export const finalTextField = textField.transform((text) => cutText(text));

/** A JSON object that is carried as it came. */
export const objectField = z.custom<JsonObject>(isJsonObject, { error: 'must be an object' });

/** A time as the three endpoints of the contract show it. */
export const shownTimeField = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
  .meta({
    description: 'UTC, without offset and fraction',
    example: '2025-03-12T10:00:00',
  });

/** A time as everything but the three endpoints of the contract shows it. */
export const fullTimeField = z.string().meta({ format: 'date-time', example: '2025-03-12T10:00:00.000Z' });

/** Whether a value is for sure one that a field takes as it stands. */
export type Recognises = (value: unknown) => boolean;

const isInt = Number.isSafeInteger as (value: unknown) => value is number;

/** Fields whose values can be recognised without their schema; it has the last word on what is not recognised. */
export const RECOGNISED_FIELDS: ReadonlyMap<unknown, Recognises> = new Map<unknown, Recognises>([
  [projectIdField, (value) => isInt(value) && value !== 0],
  [stepsField, (value) => isInt(value) && value >= 0],
  [attemptField, (value) => isInt(value) && value >= 1],
  [textField, (value) => typeof value === 'string'],
  [finalTextField, (value) => typeof value === 'string' && value === cutText(value)],
  [objectField, isJsonObject],
]);

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

/** The type of a task, out of those that are set up. As examples it has those that are there without any setting. */
export function taskTypeField(taskTypes: readonly string[]): z.ZodType<string, string> {
  return z
    .enum(taskTypes as [string, ...string[]], { error: `must be one of ${taskTypes.join(', ')}` })
    .meta({ description: 'One of the types that are set up here', examples: [...DEFAULT_TASK_TYPES] });
}

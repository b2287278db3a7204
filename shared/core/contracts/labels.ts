import { z } from 'zod';
import { canonicalJson, isCanonical, type JsonObject } from '../domain/json.js';
import type { Labels } from '../domain/task.js';
import { recognisable } from './fields.js';
import { isJsonObject } from './strict-json.js';

/** How many labels a task may have. */
export const LABELS_MAX = 32;

/** How long a label's value may be, in characters. */
export const LABEL_CHARACTERS_MAX = 256;

/** What a label's name looks like. */
export const LABEL_NAME = /^[a-z0-9][a-z0-9_.\-/]{0,62}$/;

/** Whether a text may be a label's value. */
export function isLabelValue(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LABEL_CHARACTERS_MAX;
}

/** What a label looks like as filters name it. */
export const LABEL_SHAPE = {
  pattern: LABEL_NAME.source.replace('$', `:[\\s\\S]{1,${LABEL_CHARACTERS_MAX}}$`),
};

/** Whether a text is a label as filters name it, `name:value`. A name has no colon. */
export function isLabel(text: string): boolean {
  const colon = text.indexOf(':');
  return colon > 0 && LABEL_NAME.test(text.slice(0, colon)) && isLabelValue(text.slice(colon + 1));
}

/** What is wrong with labels, or nothing. */
function faultOf(value: unknown): string | undefined {
  if (!isJsonObject(value)) return 'must be an object of label names and their values';
  const names = Object.keys(value);
  if (names.length > LABELS_MAX) return `must be at most ${LABELS_MAX} labels, not ${names.length}`;
  for (const name of names) {
    if (!LABEL_NAME.test(name)) {
      return `has the name ${JSON.stringify(name.slice(0, 80))}; a label's name is 1 to 63 of a-z, 0-9, _, ., - and /, the first of them a letter or digit`;
    }
    if (!isLabelValue(value[name]))
      return `has no value for ${name} that is a string of 1 to ${LABEL_CHARACTERS_MAX} characters`;
  }
  return undefined;
}

/** A task's labels, their names in canonical order. */
export const labelsField = recognisable(
  z
    .unknown()
    .superRefine((value, context) => {
      const fault = faultOf(value);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .transform((value) => JSON.parse(canonicalJson(value as Record<string, string>)) as Labels)
    .meta({
      type: 'object',
      maxProperties: LABELS_MAX,
      propertyNames: { pattern: LABEL_NAME.source },
      additionalProperties: { type: 'string', minLength: 1, maxLength: LABEL_CHARACTERS_MAX },
    }),
  (value) => faultOf(value) === undefined && isCanonical(value as JsonObject),
);

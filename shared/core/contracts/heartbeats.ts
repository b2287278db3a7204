import { z } from 'zod';
import type { Caller } from './caller.js';
import { InvalidRequestError } from './errors.js';
import { RECOGNISED_FIELDS, recognisable, taskNameField } from './fields.js';
import { describeIssue } from './issues.js';
import { plainFacts } from './plain-facts.js';
import { isJsonObject } from './strict-json.js';

/** The most tasks in one message. */
export const HEARTBEATS_MAX = 1_000;

const isTaskName = RECOGNISED_FIELDS.get(taskNameField) as (value: unknown) => boolean;

/** What says that somebody is at work on some tasks, each named by its id or its key. */
export const heartbeatsSchema = z.strictObject({
  tasks: recognisable(
    z
      .array(taskNameField, { error: 'must be a list of ids and keys of tasks' })
      .max(HEARTBEATS_MAX, { error: `must have at most ${HEARTBEATS_MAX} tasks` }),
    (value) => Array.isArray(value) && value.length <= HEARTBEATS_MAX && value.every(isTaskName),
  ),
});

/** Tasks that somebody is at work on. An id is text, of digits. */
export type Heartbeats = z.infer<typeof heartbeatsSchema>;

const plain = plainFacts(heartbeatsSchema);

/** @throws InvalidRequestError that names what is wrong and what is allowed. */
export function readHeartbeats(data: unknown): Heartbeats {
  // Recognised without the schema, which takes ten times as long: there may be thousands a second.
  const facts = isJsonObject(data) ? plain(data) : undefined;
  if (facts !== undefined) return facts as Heartbeats;
  const parsed = heartbeatsSchema.safeParse(data);
  if (!parsed.success) throw new InvalidRequestError(describeIssue(parsed.error));
  return parsed.data;
}

/**
 * The same of word that was told to all.
 *
 * @param caller Who told it.
 * @throws InvalidRequestError as `readHeartbeats` does, and where its sender may not publish.
 */
export function heardHeartbeats(data: unknown, { rights }: Caller): Heartbeats {
  if (!rights.includes('publish')) throw new InvalidRequestError('its sender may not publish');
  return readHeartbeats(data);
}

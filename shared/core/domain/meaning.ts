import { digest } from './digest.js';
import type { TaskFact } from './events.js';
import { canonicalJson, type JsonObject } from './json.js';

/**
 * What an event says, in 53 bits: two that say the same have the same number, two that do not have it once in 2^53 times.
 * Nobody is kept by it from making two that are taken for each other: it is for mistakes, not against malice.
 *
 * A creation has the number of all creations, since it is held against the task as a whole.
 *
 * @returns `undefined` when it can't be told any more: something of it was erased.
 */
export function meaningOf({ type, facts }: Pick<TaskFact, 'type' | 'facts'>): number | undefined {
  if (type === 'TaskCreated') return hash53(type);
  const said = facts as JsonObject;
  for (const name in said) if (said[name] === undefined) return undefined;
  return hash53(type + canonicalJson(said));
}

function hash53(text: string): number {
  const [one, other] = digest(text);
  return other * 2 ** 21 + (one >>> 11);
}

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

/** FNV-1a with two multipliers side by side, each mixed at the end as MurmurHash3 does. */
function hash53(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x2f0b4c47;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x5bd1e995);
    high ^= high >>> 15;
  }
  return mixed(high) * 2 ** 21 + (mixed(low ^ text.length) >>> 11);
}

function mixed(bits: number): number {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

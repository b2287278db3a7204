import type { TaskEvent } from '../domain/events.js';
import { canonicalJson, type JsonObject, type JsonValue } from '../domain/json.js';
import type { TaskSnapshot } from '../domain/task.js';
import type { Crypto } from '../ports/crypto.js';
import { isErasable, sealValue, unsealedValue } from './sealed-value.js';
import { stateJson, toldByState, TOLD_BY_STATE } from './stored-state.js';

/** An event's data as JSON: as it is stored, and as it is hashed, with each sealed member replaced by its hash. */
export interface SealedData {
  stored: string;
  hashed: string;
}

const NONE: readonly string[] = [];

/**
 * The data of an event of a task: what happened, and the state after it.
 *
 * @param revision Its place in its stream.
 */
export function sealedEventData(
  { type, facts, after, at }: TaskEvent,
  revision: number,
  crypto: Crypto,
): SealedData {
  const state = after as object as JsonObject;
  const told = TOLD_BY_STATE[type] ?? NONE;
  const data = new DataText(crypto);
  data.addJson('after', stateJson(after, type, at, revision));
  for (const name in facts) {
    const value = (facts as JsonObject)[name];
    if (value === undefined || (told.includes(name) && toldByState(state, name) === value)) continue;
    data.add(name, value);
  }
  for (const name of told) {
    // What was not sent, although the state seems to say that it was.
    const isSent = (facts as JsonObject)[name] !== undefined;
    if (!isSent && toldByState(state, name) !== undefined) data.add(name, null);
  }
  return data.texts();
}

/**
 * The data of an event that stands for itself.
 *
 * @param facts The names of its members are of lower-case letters and underscores, which need no escaping.
 */
export function sealedFacts(facts: object, crypto: Crypto): SealedData {
  const data = new DataText(crypto);
  for (const name in facts) {
    const value = (facts as JsonObject)[name];
    if (value !== undefined) data.add(name, value);
  }
  return data.texts();
}

/**
 * What a stored event says happened, without the state after it; each sealed member is replaced by its value, which is
 * `undefined` once it was erased.
 *
 * @param data As `upcast` gives it.
 * @param after The whole state after it, for an event of a task.
 */
export function openFacts(type: string, data: JsonObject, after?: TaskSnapshot): JsonObject {
  const facts: JsonObject = {};
  const told = after === undefined ? NONE : (TOLD_BY_STATE[type] ?? NONE);
  for (const name of told) {
    const value = data[name] === undefined ? toldByState(after as object as JsonObject, name) : undefined;
    if (value !== undefined) facts[name] = value;
  }
  for (const name in data) {
    if (name === 'after') continue;
    const member = data[name];
    if (isErasable(name)) facts[name] = unsealedValue(member);
    else if (member !== null || !told.includes(name)) facts[name] = member;
  }
  return facts;
}

/**
 * Puts data together, as it is stored and as it is hashed. Every event passes here: a value is written once where its
 * members stand in canonical order, as nearly all do.
 */
class DataText {
  private stored = '';
  private hashed = '';
  private previous = '';
  private inOrder = true;

  constructor(private readonly crypto: Crypto) {}

  /** @param name Of lower-case letters and underscores, which need no escaping. */
  add(name: string, value: JsonValue): void {
    if (isErasable(name)) {
      // Parameters that are stored without a value were erased; there were none where none are stored.
      if (name === 'params' && isEmpty(value)) return;
      const { json, hash } = sealValue(value, this.crypto);
      this.addJson(name, json, `"${hash}"`);
    } else {
      this.addJson(name, canonicalJson(value));
    }
  }

  addJson(name: string, stored: string, hashed = stored): void {
    const member = `${this.previous === '' ? '' : ','}"${name}":`;
    this.stored += member + stored;
    this.hashed += member + hashed;
    this.inOrder &&= this.previous < name;
    this.previous = name;
  }

  texts(): SealedData {
    const hashed = `{${this.hashed}}`;
    return {
      stored: `{${this.stored}}`,
      hashed: this.inOrder ? hashed : canonicalJson(JSON.parse(hashed) as JsonObject),
    };
  }
}

function isEmpty(value: JsonValue): boolean {
  for (const _ in value as JsonObject) return false;
  return true;
}

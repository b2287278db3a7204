import { canonicalJson, isCanonical, type JsonObject, type JsonValue } from '../domain/json.js';
import { snapshotJson } from '../domain/snapshot-json.js';
import type { TaskSnapshot } from '../domain/task.js';
import type { Crypto } from '../ports/crypto.js';
import type { NewEvent } from '../ports/event-store.js';
import { eventIdOf, hashText, isErasable, type StreamPlace } from './stored-event.js';

/** An event's data as JSON: as it is stored, and as it is hashed, with each sealed member replaced by its hash. */
export interface SealedData {
  stored: string;
  hashed: string;
}

/** An event that is ready for the store, with the hash that the next event of its stream names as `prev`. */
export interface ChainedEvent extends NewEvent {
  hash: string;
}

/**
 * Seals the erasable members of what happened; the others stay as they are. Every event passes here: a value is written
 * once where its members stand in canonical order, as nearly all do.
 *
 * @param facts The names of its members are of lower-case letters and underscores, which need no escaping.
 * @param after The state after it, for an event of a task.
 */
export function sealedData(facts: object, crypto: Crypto, after?: TaskSnapshot): SealedData {
  let stored = after === undefined ? '' : `"after":${snapshotJson(after)}`;
  let hashed = stored;
  let previous = after === undefined ? '' : 'after';
  let inOrder = true;
  for (const name in facts) {
    const value = (facts as JsonObject)[name];
    if (value === undefined || (name === 'params' && Object.keys(value as JsonObject).length === 0)) continue;
    const member = `${stored === '' ? '' : ','}"${name}":`;
    if (isErasable(name)) {
      const { hash, json } = seal(value, crypto);
      stored += member + json;
      hashed += `${member}"${hash}"`;
    } else {
      const json = canonicalJson(value);
      stored += member + json;
      hashed += member + json;
    }
    inOrder &&= previous < name;
    previous = name;
  }
  hashed = `{${hashed}}`;
  return {
    stored: `{${stored}}`,
    hashed: inOrder ? hashed : canonicalJson(JSON.parse(hashed) as JsonObject),
  };
}

/** The JSON of a `SealedValue`. The value's members keep their order. */
function seal(value: JsonValue, crypto: Crypto): { hash: string; json: string } {
  const valueJson = JSON.stringify(value);
  const salt = crypto.randomHex(16);
  const hash = crypto.sha256(salt + (isCanonical(value) ? valueJson : canonicalJson(value)));
  return { hash, json: `{"hash":"${hash}","salt":"${salt}","value":${valueJson}}` };
}

/**
 * Makes the event that is handed to the store: adds its hash to its metadata and derives its id from the hash.
 *
 * @param metadata The members of its JCS text, without the braces around them and without `hash`; `prev` is among them.
 */
export function chainEvent(
  place: StreamPlace,
  type: string,
  data: SealedData,
  metadata: string,
  crypto: Crypto,
): ChainedEvent {
  const hash = crypto.sha256(hashText(place, type, data.hashed, `{${metadata}}`));
  return { id: eventIdOf(hash), type, data: data.stored, metadata: `{${metadata},"hash":"${hash}"}`, hash };
}

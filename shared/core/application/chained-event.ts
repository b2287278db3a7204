import { eventIdOf } from '../domain/event-id.js';
import type { Crypto } from '../ports/crypto.js';
import type { NewEvent } from '../ports/event-store.js';
import { hashText, type StreamPlace } from './event-hash.js';
import type { SealedData } from './stored-facts.js';

/** An event that is ready for the store, with the hash that goes into that of the next event of its stream. */
export interface ChainedEvent extends NewEvent {
  hash: string;
}

/**
 * Makes the event that is handed to the store: adds its hash to its metadata and derives its id from the hash.
 *
 * @param metadata The members of its JCS text, without the braces around them and without `hash`.
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

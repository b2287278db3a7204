import { canonicalJson } from '../domain/json.js';
import type { Crypto } from '../ports/crypto.js';
import type { RecordedEvent } from '../ports/event-store.js';
import { ERASABLE_MEMBERS, eventIdOf, GENESIS_HASH, hashOf, type SealedValue } from './stored-event.js';

/**
 * Checks the hash chain of one stream, before anything is upcast: each event's hash, its link to the one before it, its
 * id, and each value that is still there against its own hash.
 *
 * @param events The whole stream, forwards.
 * @returns What is wrong with the first event that does not verify, or `undefined` when all do.
 */
export async function verifyChain(
  events: AsyncIterable<RecordedEvent> | Iterable<RecordedEvent>,
  crypto: Crypto,
): Promise<string | undefined> {
  let prev = GENESIS_HASH;
  let expected = 0;
  for await (const event of events) {
    const wrong =
      event.revision === expected ? faultOf(event, prev, crypto) : 'an event before it is missing';
    if (wrong !== undefined) return `${event.stream}@${event.revision}: ${wrong}`;
    prev = event.metadata.hash as string;
    expected++;
  }
  return undefined;
}

function faultOf(event: RecordedEvent, prev: string, crypto: Crypto): string | undefined {
  const { type, data, id } = event;
  const { hash, ...metadata } = event.metadata;
  if (metadata.prev !== prev) return 'prev is not the hash of the event before it';
  if (hash !== hashOf(event, type, data, metadata, crypto)) return 'the hash is not that of the event';
  if (id !== eventIdOf(hash)) return 'the id is not that of the hash';
  for (const member of ERASABLE_MEMBERS) {
    const sealed = data[member] as unknown as SealedValue | undefined;
    if (sealed?.value === undefined) continue;
    if (sealed.hash !== crypto.sha256((sealed.salt ?? '') + canonicalJson(sealed.value))) {
      return `${member} is not the value that was recorded`;
    }
  }
  return undefined;
}

import { canonicalJson } from '../domain/json.js';
import type { Crypto } from '../ports/crypto.js';
import type { RecordedEvent } from '../ports/event-store.js';
import { withSealedHashes } from './sealed-value.js';
import { SCHEMA_VERSION } from './upcasters.js';

/** What the first event of every stream has in place of the hash of the event before it. */
export const NO_EVENT_BEFORE = '';

/** Where an event stands. */
export interface StreamPlace {
  stream: string;
  revision: number;
  /** The hash of the event before it in its stream. It is not stored with the event, and goes into its hash. */
  prev: string;
}

/**
 * What is hashed of an event: the JCS text of `{v, stream, revision, prev, type, data′, metadata}`, its members in canonical
 * order.
 *
 * @param data The JCS text of `data′`: each sealed member replaced by its hash.
 * @param metadata The JCS text of the metadata without `hash`.
 */
export function hashText(
  { stream, revision, prev }: StreamPlace,
  type: string,
  data: string,
  metadata: string,
): string {
  // Names of streams and types may be anybody's where an event is read.
  return `{"data":${data},"metadata":${metadata},"prev":"${prev}","revision":${revision},"stream":${JSON.stringify(stream)},"type":${JSON.stringify(type)},"v":${SCHEMA_VERSION}}`;
}

/** The hash that a stored event has to have, as it stands in its stream after the event with the hash `prev`. */
export function hashOf(event: RecordedEvent, prev: string, crypto: Pick<Crypto, 'sha256'>): string {
  const { stream, revision, type, data } = event;
  const { hash: _, ...metadata } = event.metadata;
  const hashed = canonicalJson(withSealedHashes(data, crypto));
  return crypto.sha256(hashText({ stream, revision, prev }, type, hashed, canonicalJson(metadata)));
}

import { BrokenStreamError, ForeignStreamError } from '../contracts/errors.js';
import { eventIdOf } from '../domain/event-id.js';
import type { Crypto } from '../ports/crypto.js';
import type { RecordedEvent } from '../ports/event-store.js';
import { hashOf, NO_EVENT_BEFORE } from './event-hash.js';
import { SCHEMA_VERSION, schemaVersionOf, upcast } from './upcasters.js';

/**
 * Checks the hash chain of one stream, one event after the other, before anything is upcast: each event's place, its hash,
 * into which the hash of the event before it and those of its sealed values go, and its id.
 */
export class ChainVerifier {
  private fault: string | undefined;

  /**
   * @param revision Of the event that is given first.
   * @param prev The hash of the event before that one, which is taken to be right; then of each that has verified.
   */
  constructor(
    private readonly crypto: Pick<Crypto, 'sha256'>,
    private revision = 0,
    public prev = NO_EVENT_BEFORE,
  ) {}

  /**
   * Checks the next event of the stream.
   *
   * @returns What is wrong with the first event that does not verify, in one sentence, or `undefined` while all do. Nothing
   *   is known of what comes after the first that does not.
   */
  next(event: RecordedEvent): string | undefined {
    if (this.fault !== undefined) return this.fault;
    const wrong = this.wrongWith(event);
    if (wrong !== undefined) return (this.fault = `${event.stream}@${event.revision}: ${wrong}`);
    this.prev = event.metadata.hash as string;
    this.revision++;
    return undefined;
  }

  private wrongWith(event: RecordedEvent): string | undefined {
    if (event.damage !== undefined) return event.damage;
    if (event.revision !== this.revision) return 'an event before it is missing';
    const version = schemaVersionOf(event);
    if (version !== SCHEMA_VERSION)
      return `this program does not know how schema version ${version} is hashed`;
    const { hash } = event.metadata;
    if (hash !== hashOf(event, this.prev, this.crypto)) return 'the hash is not that of the event';
    if (event.id !== eventIdOf(hash)) return 'the id is not that of the hash';
    return undefined;
  }
}

/**
 * Checks the hash chain of one stream.
 *
 * @param events The whole stream, forwards.
 * @returns What is wrong with the first event that does not verify, or `undefined` when all do.
 */
export async function verifyChain(
  events: AsyncIterable<RecordedEvent> | Iterable<RecordedEvent>,
  crypto: Pick<Crypto, 'sha256'>,
): Promise<string | undefined> {
  const verifier = new ChainVerifier(crypto);
  for await (const event of events) {
    const fault = verifier.next(event);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/**
 * Gives a stream's events on as long as they verify.
 *
 * @param before The event before the first of them, which has been verified; `undefined` at the stream's start.
 * @throws BrokenStreamError in place of the first event that does not verify.
 * @throws CorruptStoreError in place of one of a version that this program does not read.
 */
export async function* verified(
  events: AsyncIterable<RecordedEvent> | Iterable<RecordedEvent>,
  crypto: Pick<Crypto, 'sha256'>,
  before?: RecordedEvent,
): AsyncGenerator<RecordedEvent> {
  const verifier = new ChainVerifier(crypto, (before?.revision ?? -1) + 1, before?.metadata.hash);
  for await (const event of events) {
    // What a newer program has written is not broken.
    if (event.damage === undefined) upcast(event);
    const fault = verifier.next(event);
    if (fault !== undefined) {
      const isForeign = event.damage === undefined && event.metadata.hash === undefined;
      throw isForeign ? new ForeignStreamError(event.stream) : new BrokenStreamError(fault);
    }
    yield event;
  }
}

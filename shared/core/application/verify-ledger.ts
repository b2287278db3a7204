import { RecentCache } from '../../kit/recent-cache.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore, RecordedEvent } from '../ports/event-store.js';
import { isLedgerStream } from './streams.js';
import { ChainVerifier } from './chain-verifier.js';

/** How many streams' chains are gone on with from memory; of the others the event before is read once more. */
const OPEN_CHAINS_MAX = 100_000;

/** Word of how far it has come is given after so many events. */
const TOLD_EVENTS = 10_000;

/** What of a ledger is verified, and who hears of it. */
export interface VerifyOptions {
  store: EventStore;
  crypto: Pick<Crypto, 'sha256'>;
  /** Only what comes after this position. */
  afterPosition?: string | undefined;
  /** Only up to this position, that one included. */
  upToPosition?: string | undefined;
  /** Is told of each fault, in one sentence. */
  onFault: (fault: string) => void;
  /** Is given each event of the ledger's own streams in its turn, and waited for. */
  onEvent?: (verified: VerifiedEvent) => void | Promise<void>;
  /** Is told now and then how many events have been verified since the last time. */
  onProgress?: (events: number) => void;
  signal?: AbortSignal;
}

/** An event as it was found. */
export interface VerifiedEvent {
  event: RecordedEvent;
  /** The hash of the event before it in its stream; empty for the first, and where that is not known. */
  prev: string;
  /** Why it is not sure to be what was written, in one sentence; `undefined` when it verifies. */
  fault: string | undefined;
}

/** The hashes of a stream up to an event; `unknown` behind one that can't be read. */
type Chain = ChainVerifier | 'unknown';

/**
 * Verifies a ledger, or a part of it, in the order of positions: that nothing is damaged, that each event's hash is that of the
 * event and of the one before it in its stream, and that no position is missing where positions are counted. It needs the
 * same memory whatever the number of events.
 *
 * @returns How many events were verified. Streams that others keep in the same engine are left out.
 */
export async function verifyLedger(options: VerifyOptions): Promise<number> {
  const { store, crypto, afterPosition, upToPosition, onFault, onProgress, onEvent, signal } = options;
  const chains = new RecentCache<string, Chain>(OPEN_CHAINS_MAX);
  let events = 0;
  let untold = 0;
  let before = afterPosition;
  const from = afterPosition === undefined ? {} : { fromPosition: afterPosition };
  for await (const event of store.readAll(from, signal)) {
    if (upToPosition !== undefined && event.position > upToPosition) break;
    const missing = (store.capabilities.countEvents?.(before, event.position) ?? 1) - 1;
    if (missing > 0) onFault(`${missing} events before position ${event.position} are missing`);
    before = event.position;
    if (!isLedgerStream(event.stream) && event.damage === undefined) continue;
    const chain = chains.get(event.stream) ?? (await chainBefore(event, store, crypto));
    const prev = chain === 'unknown' ? '' : chain.prev;
    const fault =
      chain === 'unknown' ? event.damage && `${placeOf(event)}: ${event.damage}` : chain.next(event);
    if (fault !== undefined) onFault(fault);
    const isUnsure = chain === 'unknown' && fault === undefined;
    const unsure = isUnsure ? `${placeOf(event)}: the event before it can't be read` : undefined;
    await onEvent?.({ event, prev, fault: fault ?? unsure });
    // What comes after an event that is wrong is judged by itself: one fault is told once.
    const goesOn = chain !== 'unknown' && fault === undefined;
    chains.set(event.stream, goesOn ? chain : chainAfter(event, crypto));
    events++;
    if (++untold < TOLD_EVENTS) continue;
    onProgress?.(untold);
    untold = 0;
  }
  onProgress?.(untold);
  return events;
}

/** Goes on from the event before in its stream, whose own hash is verified where it stands. */
async function chainBefore(
  { stream, revision }: RecordedEvent,
  store: EventStore,
  crypto: Pick<Crypto, 'sha256'>,
): Promise<Chain> {
  if (revision === 0) return new ChainVerifier(crypto);
  for await (const event of store.readStream(stream, { fromRevision: revision - 1, limit: 1 })) {
    if (event.revision === revision - 1) return chainAfter(event, crypto);
  }
  return new ChainVerifier(crypto);
}

/** Goes on from an event as it stands; after one that can't be read, nobody can say what hash it had. */
function chainAfter({ revision, metadata, damage }: RecordedEvent, crypto: Pick<Crypto, 'sha256'>): Chain {
  return damage === undefined ? new ChainVerifier(crypto, revision + 1, metadata.hash) : 'unknown';
}

function placeOf({ stream, revision }: RecordedEvent): string {
  return `${stream}@${revision}`;
}

import type { SealCrypto } from '../../ports/crypto.js';
import type { EventStore } from '../../ports/event-store.js';
import { SealVerifier, type SealSummary, type SealTrust } from './seal-verifier.js';

/** Which seals are verified, and who hears of what is wrong. */
export interface VerifySealsOptions {
  store: EventStore;
  crypto: SealCrypto;
  trust: SealTrust;
  /** Only events up to this position, that one included: what is written meanwhile is not looked at. */
  upToPosition: string | undefined;
  /** Is told of each fault, in one sentence. */
  onFault: (fault: string) => void;
  signal?: AbortSignal;
}

/** Holds all events of a ledger against its seals, and against those that were kept outside. */
export async function verifySeals(options: VerifySealsOptions): Promise<SealSummary> {
  const { store, crypto, trust, upToPosition, onFault, signal } = options;
  const verifier = new SealVerifier(store, trust, crypto, onFault, upToPosition);
  if (upToPosition !== undefined) {
    for await (const event of store.readAll({}, signal)) {
      if (event.position > upToPosition) break;
      const waiting = verifier.take(event);
      if (waiting !== undefined) await waiting;
    }
  }
  return verifier.end();
}

import { leafHash } from '../../domain/merkle/tree-hash.js';
import type { SealCrypto } from '../../ports/crypto.js';
import type { RecordedEvent } from '../../ports/event-store.js';
import { isLedgerStream } from '../streams.js';

/**
 * The hash of the leaf that an event is in the tree: the JCS text of `[stream, revision, hash]`. The hash is that of its chain,
 * which stands for all of it; empty for one that can't be read. Its place among the leaves is its place in the ledger.
 */
export function sealLeaf(
  { stream, revision, metadata, damage }: RecordedEvent,
  crypto: SealCrypto,
): Uint8Array {
  const hash = damage === undefined ? (metadata.hash ?? '') : '';
  return leafHash(JSON.stringify([stream, revision, hash]), (data) => crypto.digest(data));
}

/**
 * Whether an event is a leaf of the tree: all of the ledger's streams are, whatever they hold. Of one that can't be read not even
 * the stream is sure; only in a ledger's own files can there be such.
 */
export function isLeaf({ stream, damage }: RecordedEvent): boolean {
  return damage !== undefined || isLedgerStream(stream);
}

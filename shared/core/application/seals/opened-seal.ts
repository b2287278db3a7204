import { parseCheckpoint, type Checkpoint } from '../../contracts/checkpoint.js';
import type { NoteKey } from '../../contracts/note-keys.js';
import type { SealFacts } from '../../contracts/seals.js';
import { TreeEdge } from '../../domain/merkle/tree-edge.js';
import { equalHashes } from '../../domain/merkle/tree-hash.js';
import type { SealCrypto } from '../../ports/crypto.js';
import { edgeHashes } from './seal-events.js';
import { openNote } from './signing.js';

/** What a seal's note says, once it was verified; or why it does not count, in words that follow its name. */
export type OpenedCheckpoint =
  { checkpoint: Checkpoint; key: NoteKey; fault?: undefined } | { fault: string };

/**
 * Verifies the note of a seal.
 *
 * @param origin Of the ledger that it has to be of; any when absent.
 */
export function openCheckpoint(
  note: string,
  { keys, origin, crypto }: { keys: readonly NoteKey[]; origin?: string; crypto: SealCrypto },
): OpenedCheckpoint {
  const opened = openNote(note, keys, crypto);
  if (opened.fault !== undefined) return opened;
  const checkpoint = parseCheckpoint(opened.text);
  if (checkpoint === undefined) return { fault: 'is signed, and no checkpoint' };
  if (origin !== undefined && checkpoint.origin !== origin)
    return { fault: `is of another ledger, ${checkpoint.origin}, and this one is ${origin}` };
  return { checkpoint, key: opened.key };
}

/**
 * The edge that a seal was stored with, to go on from.
 *
 * @returns `undefined` when the root that was signed does not follow from it.
 */
export function edgeOf(
  { edge }: SealFacts,
  { size, root }: Checkpoint,
  crypto: SealCrypto,
): TreeEdge | undefined {
  const hashes = edgeHashes(edge);
  const kept = hashes && TreeEdge.of(size, hashes, (data) => crypto.digest(data));
  return kept !== undefined && equalHashes(kept.root(), root) ? kept : undefined;
}

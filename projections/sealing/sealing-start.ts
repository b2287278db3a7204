import type { SealKeys } from '../../shared/core/application/seals/key-file.js';
import { isSameKey } from '../../shared/core/application/seals/key-succession.js';
import { edgeOf, openCheckpoint } from '../../shared/core/application/seals/opened-seal.js';
import { readSealEvent } from '../../shared/core/application/seals/seal-events.js';
import { SEALS_STREAM } from '../../shared/core/application/streams.js';
import type { Checkpoint } from '../../shared/core/contracts/checkpoint.js';
import { CorruptStoreError } from '../../shared/core/contracts/errors.js';
import type { NoteKey } from '../../shared/core/contracts/note-keys.js';
import { SUCCESSIONS_MAX } from '../../shared/core/contracts/seals.js';
import type { TreeEdge } from '../../shared/core/domain/merkle/tree-edge.js';
import { equalHashes } from '../../shared/core/domain/merkle/tree-hash.js';
import type { SealCrypto } from '../../shared/core/ports/crypto.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import type { SealOutlet } from '../../shared/core/ports/seal-outlet.js';

/** Where sealing goes on. */
export interface SealingStart {
  /** Of the last event of the stream of seals; null while there is none. */
  afterRevision: number | null;
  /** What the last seal that counts says; `undefined` when the ledger is to be read from its start. */
  from: { note: string; checkpoint: Checkpoint; edge: TreeEdge; position: string } | undefined;
  /** The notes that have to be recorded before a seal by this key. */
  unrecorded: readonly string[];
  /** Why the last seal that is there does not count, in words that follow its name. */
  ignored: string | undefined;
}

/** Finds the last seal of a ledger, by which sealing goes on without reading what it covers. */
export async function sealingStart(
  store: Pick<EventStore, 'readStream'>,
  { signer, successions }: SealKeys,
  { origin, crypto }: { origin: string; crypto: SealCrypto },
): Promise<SealingStart> {
  const keys = allKeys({ signer, successions });
  let afterRevision: number | null = null;
  let ignored: string | undefined;
  // Each seal has at most so many successions before it.
  const lastOnes = { direction: 'backwards', limit: SUCCESSIONS_MAX + 1 } as const;
  for await (const event of store.readStream(SEALS_STREAM, lastOnes)) {
    afterRevision ??= event.revision;
    const record = readSealEvent(event);
    if (record.kind === 'succession') continue;
    if (record.kind === 'unreadable') {
      ignored = 'can not be read';
      break;
    }
    const { facts } = record;
    const opened = openCheckpoint(facts.note, { keys, origin, crypto });
    if (opened.fault !== undefined) {
      ignored = opened.fault;
      break;
    }
    const { checkpoint, key } = opened;
    const edge = edgeOf(facts, checkpoint, crypto);
    if (edge === undefined) {
      ignored = 'has an edge that its root does not follow from';
      break;
    }
    const since = successions.findIndex(({ from }) => isSameKey(from, key));
    const unrecorded = since < 0 ? [] : successions.slice(since).map(({ note }) => note);
    const from = { note: facts.note, checkpoint, edge, position: facts.position };
    return { afterRevision, from, unrecorded, ignored };
  }
  return { afterRevision, from: undefined, unrecorded: [], ignored };
}

/** The key that is in use and those whose place it took. */
function allKeys({ signer, successions }: SealKeys): NoteKey[] {
  return [signer, ...successions.map(({ from }) => from)];
}

/**
 * Holds the seal that was left last outside against the ledger's own last one: a ledger from before a seal that is known
 * outside must not be sealed, since nobody may ever be shown two histories.
 *
 * @throws CorruptStoreError when the seal outside is of another ledger, or of one that went on differently.
 */
export async function checkPublished(
  outlets: readonly SealOutlet[],
  start: SealingStart,
  sealKeys: SealKeys,
  { origin, crypto }: { origin: string; crypto: SealCrypto },
): Promise<void> {
  const keys = allKeys(sealKeys);
  for (const outlet of outlets) {
    const note = await outlet.last?.();
    if (note === undefined) continue;
    const opened = openCheckpoint(note, { keys, origin, crypto });
    if (opened.fault !== undefined)
      throw new CorruptStoreError(`The last seal in ${outlet.name} ${opened.fault}`);
    const { size, root } = opened.checkpoint;
    const own = start.from?.checkpoint;
    const isOlder = size < (own?.size ?? 0);
    if (isOlder || (own !== undefined && size === own.size && equalHashes(root, own.root))) continue;
    throw new CorruptStoreError(
      `The last seal in ${outlet.name} covers ${size} events, and this ledger's own last seal is another one, of ` +
        `${own?.size ?? 0}: it is not the ledger that was sealed, or an older copy of it (docs/proof.md)`,
    );
  }
}

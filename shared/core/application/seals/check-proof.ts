import { bytesOfBase64 } from '../../contracts/base64.js';
import type { Checkpoint } from '../../contracts/checkpoint.js';
import type { NoteKey } from '../../contracts/note-keys.js';
import type { TaskProof } from '../../contracts/task-proof.js';
import { eventIdOf } from '../../domain/event-id.js';
import { isConsistent, isIncluded } from '../../domain/merkle/verify-proof.js';
import type { Crypto, SealCrypto } from '../../ports/crypto.js';
import type { RecordedEvent } from '../../ports/event-store.js';
import { ChainVerifier } from '../chain-verifier.js';
import { evidenceStream, taskStream } from '../streams.js';
import { openSuccession } from './key-succession.js';
import { openCheckpoint } from './opened-seal.js';
import { sealLeaf } from './seal-leaf.js';

/** What a bundle proves, or the first thing that is wrong with it, in one sentence. */
export type CheckedProof =
  | { checkpoint: Checkpoint; key: NoteKey; events: number; olderSize: number | undefined; fault?: undefined }
  | { fault: string };

/**
 * Checks a bundle without the ledger: the seal's signature, each event's hash and chain from the first one on, its place under the
 * seal, and that the newer seal continues the older one.
 *
 * @param keys Those that are trusted: the ledger's first, or a later one.
 * @param older A seal of one's own that the bundle has to begin with; it has to be the one that was given to `prove`.
 */
export function checkProof(
  proof: TaskProof,
  keys: readonly NoteKey[],
  crypto: SealCrypto & Pick<Crypto, 'sha256'>,
  older?: string,
): CheckedProof {
  const trusted = [...keys];
  for (const note of proof.successions) {
    const said = openSuccession(note, trusted, crypto);
    // One that took place before the key that is trusted is of no interest.
    if (!('fault' in said)) trusted.push(said.to);
  }
  const opened = openCheckpoint(proof.seal, { keys: trusted, crypto });
  if (opened.fault !== undefined) return { fault: `The seal ${opened.fault}` };
  const { checkpoint, key } = opened;
  const fault = eventsFault(proof, checkpoint, crypto);
  if (fault !== undefined) return { fault };
  if (older !== undefined && proof.older?.seal !== older)
    return {
      fault: 'The bundle was made for another older seal than the one given (taskledger prove --older)',
    };
  const continued = proof.older && checkOlder(proof.older, checkpoint, trusted, crypto);
  if (continued?.fault !== undefined) return { fault: continued.fault };
  return { checkpoint, key, events: proof.events.length, olderSize: continued?.size };
}

function eventsFault(
  { events, task_id }: TaskProof,
  { size, root }: Checkpoint,
  crypto: SealCrypto & Pick<Crypto, 'sha256'>,
): string | undefined {
  const chains = new Map(
    [taskStream(task_id), evidenceStream(task_id)].map((stream) => [stream, new ChainVerifier(crypto)]),
  );
  if (events.length === 0) return 'There is no event in it';
  const lastIndex = new Map<string, number>();
  for (const { index, proof, ...stored } of events) {
    const { stream, revision, metadata } = stored;
    const name = `${stream}@${revision}`;
    const event: RecordedEvent = { ...stored, id: eventIdOf(metadata.hash ?? ''), position: '' };
    const fault = chains.get(stream)?.next(event);
    if (fault !== undefined) return fault;
    if (!chains.has(stream)) return `${name} is of no stream of task ${task_id}`;
    if (index <= (lastIndex.get(stream) ?? -1)) return `${name} stands before the one that it follows`;
    lastIndex.set(stream, index);
    const hashes = proof.flatMap((text) => bytesOfBase64(text) ?? []);
    const claim = { index, size, leaf: sealLeaf(event, crypto), proof: hashes };
    if (!isIncluded(claim, root, (data) => crypto.digest(data))) return `${name} is not under the seal`;
  }
  return undefined;
}

function checkOlder(
  { seal, proof }: NonNullable<TaskProof['older']>,
  newer: Checkpoint,
  keys: readonly NoteKey[],
  crypto: SealCrypto,
): { size: number; fault?: undefined } | { fault: string } {
  const opened = openCheckpoint(seal, { keys, origin: newer.origin, crypto });
  if (opened.fault !== undefined) return { fault: `The older seal ${opened.fault}` };
  const { checkpoint } = opened;
  const hashes = proof.flatMap((text) => bytesOfBase64(text) ?? []);
  if (isConsistent(checkpoint, newer, hashes, (data) => crypto.digest(data)))
    return { size: checkpoint.size };
  return {
    fault: `The newer seal does not continue the older one: the first ${checkpoint.size} events are not all what they were`,
  };
}

import { base64Of, bytesOfBase64 } from '../../contracts/base64.js';
import { sealFactsSchema, successionFactsSchema, type SealFacts } from '../../contracts/seals.js';
import type { RecordedEvent } from '../../ports/event-store.js';

/** The types of the events of the stream `ledgerSeals`. */
export const SEALED_TYPE = 'LedgerSealed';
export const SUCCEEDED_TYPE = 'SealKeySucceeded';

/** An event of the stream, as far as it can be read. */
export type SealRecord =
  | { kind: 'seal'; facts: SealFacts; revision: number }
  | { kind: 'succession'; note: string; revision: number }
  | { kind: 'unreadable'; revision: number };

/** Reads an event of the stream `ledgerSeals`. Nothing of it is verified. */
export function readSealEvent({ type, data, revision, damage }: RecordedEvent): SealRecord {
  if (damage !== undefined) return { kind: 'unreadable', revision };
  if (type === SEALED_TYPE) {
    const { success, data: facts } = sealFactsSchema.safeParse(data);
    if (success) return { kind: 'seal', facts, revision };
  }
  if (type === SUCCEEDED_TYPE) {
    const { success, data: facts } = successionFactsSchema.safeParse(data);
    if (success) return { kind: 'succession', note: facts.note, revision };
  }
  return { kind: 'unreadable', revision };
}

/** The hashes of an edge as they are stored. */
export function edgeText(hashes: readonly Uint8Array[]): string[] {
  return hashes.map(base64Of);
}

/** The hashes of an edge that was stored; `undefined` where one is none. */
export function edgeHashes(edge: readonly string[]): Uint8Array[] | undefined {
  const hashes = edge.flatMap((text) => bytesOfBase64(text) ?? []);
  return hashes.length === edge.length ? hashes : undefined;
}

import { describe, expect, it } from '@jest/globals';
import { NodeCrypto } from '../../../shared/adapters/node/node-crypto.js';
import { verifySeals } from '../../../shared/core/application/seals/verify-seals.js';
import { verifyLedger } from '../../../shared/core/application/verify-ledger.js';
import { parseCheckpoint } from '../../../shared/core/contracts/checkpoint.js';
import { parseNote } from '../../../shared/core/contracts/signed-note.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { FakeLedger } from '../../support/fake-ledger.js';
import { faultRounds, faultSeed, inRounds } from '../../support/faults/fault-rounds.js';
import { Publisher } from '../../support/publisher.js';
import { randomOf } from '../../support/random-of.js';
import { SEALED_ORIGIN, SealedLedger, signerOf } from '../../support/sealed-ledger.js';
import { TAMPERINGS, type Tampering } from '../../support/tamperings.js';

const crypto = new NodeCrypto();
const ROUNDS = faultRounds(2);
const SEED = faultSeed();

/** A ledger of a few tasks' lives, sealed now and then. */
async function sealedLedger(random: () => number): Promise<SealedLedger> {
  const ledger = new SealedLedger();
  const batches = 4 + Math.floor(random() * 6);
  const publisher = new Publisher('/test/sealed', batches, random, 2);
  for (publisher.batchesMax = 1; publisher.batchesMax <= batches; publisher.batchesMax++) {
    await publisher.publishBy(
      (batch) => ledger.side.ingest(...batch),
      () => undefined,
    );
    if (random() < 0.6) await ledger.seal();
  }
  await ledger.seal();
  await ledger.side.ingest({
    specversion: '1.0',
    id: 'late',
    source: '/test',
    type: 'task.created',
    data: { project_id: 1, task_type: 'ocr' },
  });
  return ledger;
}

/** All that `taskledger verify --key --seal` finds. */
async function faultsOf(events: readonly RecordedEvent[], notes: readonly string[]): Promise<string[]> {
  const store = new FakeLedger();
  for (const event of events) store.take(event);
  const faults: string[] = [];
  const onFault = (fault: string): void => void faults.push(fault);
  const kept = notes.map((note) => ({ note, size: sizeOf(note) }));
  const trust = { keys: [signerOf(1)], origin: SEALED_ORIGIN, kept };
  await verifyLedger({ store, crypto, onFault });
  await verifySeals({ store, crypto, trust, upToPosition: await store.lastPosition(), onFault });
  return faults;
}

function sizeOf(note: string): number {
  return (parseCheckpoint(parseNote(note)?.text ?? '') as { size: number }).size;
}

/** Whether a fault says where it is: the event itself, or two places that it stands between. */
function isLocated(fault: string, { at, now = at }: Tampering): boolean {
  if ([at, now].some(({ stream, revision }) => fault.includes(`${stream}@${revision}:`))) return true;
  const { position } = at;
  const number = Number(position);
  const [, missing, before] = /^(\d+) events before position (\d+) are missing/.exec(fault) ?? [];
  if (missing !== undefined) return number < Number(before) && number >= Number(before) - Number(missing);
  const [, there] = /covers more than the ledger has, (\d+)/.exec(fault) ?? [];
  if (there !== undefined) return number === Number(there) + 1;
  const [, first, last] = /the events (\d+) to (\d+) of the ledger/.exec(fault) ?? [];
  if (last !== undefined) return Number(first) <= number && number <= Number(last);
  const between = /from (?:the first event|what follows position (\d+)) up to position (\d+)/.exec(fault);
  return between !== null && (between[1] ?? '') < position && position <= (between[2] as string);
}

describe(`the seals of a ledger (seed ${SEED}, ${ROUNDS} rounds of each)`, () => {
  it('find nothing on ledgers that nobody has tampered with', async () => {
    const random = randomOf(SEED);
    const faults = await inRounds(ROUNDS, async () => {
      const ledger = await sealedLedger(random);
      return faultsOf(ledger.store.events, ledger.notes);
    });
    expect(faults).toEqual([]);
  });

  it.each(Object.keys(TAMPERINGS))('tell, and tell where: %s', async (name) => {
    const random = randomOf(SEED + name.length);
    const pick = (below: number): number => Math.floor(random() * below);
    let done = 0;
    const missed = await inRounds(ROUNDS, async (round) => {
      const { store, notes } = await sealedLedger(random);
      let tampering: Tampering | undefined;
      // A few choices leave everything as it is.
      for (let tries = 0; tampering === undefined && tries < 20; tries++) {
        const sealed = sizeOf(notes.at(-1) as string);
        tampering = TAMPERINGS[name]?.(structuredClone(store.events), sealed, pick);
      }
      if (tampering === undefined) return [];
      done++;
      const faults = await faultsOf(tampering.events, notes);
      if (faults.length === 0) return [`${name}, round ${round}: not told`];
      const { at } = tampering;
      const isSaid = faults.some((fault) => isLocated(fault, tampering));
      return isSaid ? [] : [`${name} at ${at.position} ${at.stream}@${at.revision}: ${faults.join('; ')}`];
    });
    expect(missed).toEqual([]);
    expect(done).toBeGreaterThan(ROUNDS / 2);
  });
});

import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { LedgerSealer } from '../../shared/core/application/seals/ledger-sealer.js';
import { SealRecorder } from '../../shared/core/application/seals/seal-recorder.js';
import { originOf } from '../../shared/core/contracts/checkpoint.js';
import { noteKey, type NoteSigner } from '../../shared/core/contracts/note-keys.js';
import { anonymously, CommandSide } from './command-side.js';
import { MemoryEventStore } from './memory-event-store.js';

const crypto = new NodeCrypto();

/** The id of the ledgers that are sealed here, and what their seals begin with. */
export const SEALED_LEDGER_ID = '01234567-89ab-cdef-0123-456789abcdef';
export const SEALED_ORIGIN = originOf(SEALED_LEDGER_ID);

/** A key that follows from a number. */
export function signerOf(number: number, name = 'taskledger'): NoteSigner {
  const seed = new Uint8Array(32).fill(number);
  return { ...noteKey(name, crypto.publicKeyOf(seed), (bytes) => crypto.digest(bytes)), seed };
}

/** A ledger in memory that a command service writes to, and that is sealed when a test says so. */
export class SealedLedger {
  readonly store = new MemoryEventStore();
  readonly side = new CommandSide(this.store);
  /** Each seal as it would be published. */
  readonly notes: string[] = [];
  private readonly recorder: SealRecorder;
  private readonly sealer: LedgerSealer;
  private taken = 0;

  constructor(readonly signer = signerOf(1)) {
    const clock = { nowMs: () => this.side.nowMs };
    this.recorder = new SealRecorder({ store: this.store, clock, crypto });
    this.sealer = new LedgerSealer({ signer, origin: SEALED_ORIGIN, crypto });
  }

  /** Seals what has been written, and has it recorded. */
  async seal(): Promise<void> {
    for (; this.taken < this.store.events.length; this.taken++) {
      this.sealer.take(this.store.events[this.taken] as (typeof this.store.events)[number]);
    }
    const seal = this.sealer.seal();
    if (seal === undefined) return;
    const after_revision = this.notes.length === 0 ? null : this.notes.length - 1;
    const reply = await this.recorder.record({ after_revision, successions: [], seal }, anonymously());
    if (reply.outcome !== 'sealed') throw new Error('The seal was not recorded');
    this.notes.push(seal.note);
  }
}

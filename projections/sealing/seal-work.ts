import type { SealKeys } from '../../shared/core/application/seals/key-file.js';
import { LedgerSealer } from '../../shared/core/application/seals/ledger-sealer.js';
import { OWN_PRINCIPAL } from '../../shared/core/application/silence-recorder.js';
import { UNCHECKED, type Caller } from '../../shared/core/contracts/caller.js';
import { originOf } from '../../shared/core/contracts/checkpoint.js';
import { CorruptStoreError, UnavailableError } from '../../shared/core/contracts/errors.js';
import type { BusFailure } from '../../shared/core/contracts/messages.js';
import type { SealReply, SealRequest } from '../../shared/core/contracts/seals.js';
import { SEAL_SUBJECT } from '../../shared/core/contracts/subjects.js';
import type { Clock } from '../../shared/core/ports/clock.js';
import type { SealCrypto } from '../../shared/core/ports/crypto.js';
import type { EventStore, SubscriptionBatch } from '../../shared/core/ports/event-store.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { MessageBus } from '../../shared/core/ports/message-bus.js';
import type { SealOutlet } from '../../shared/core/ports/seal-outlet.js';
import type { LedgerWork } from '../engine/follow-ledger.js';
import { checkPublished, sealingStart } from './sealing-start.js';

/** How long recording a seal may take, in milliseconds. What is not known then is looked up. */
const RECORD_MS_MAX = 5_000;

/** Who asks for it: the ledger's own. */
const CALLER: Caller = { principal: OWN_PRINCIPAL, authenticatedBy: UNCHECKED, rights: ['publish'] };

export interface SealWorkOptions {
  store: EventStore;
  bus: Pick<MessageBus, 'request'>;
  keys: SealKeys;
  outlets: readonly SealOutlet[];
  crypto: SealCrypto;
  clock: Clock;
  logger: Logger;
  /** Is told of each seal that is on record: those that it has made, and the last one when it begins. */
  onSeal: (note: string) => void;
}

/** What is known since it has begun, or gone on. */
interface Sealing {
  sealer: LedgerSealer;
  afterRevision: number | null;
  unrecorded: readonly string[];
}

/** Takes in the ledger's events from the last seal on, and has them sealed when it is told to. */
export class SealWork implements LedgerWork {
  readonly name = 'The sealer';
  readonly streamPrefix = '';
  /** Nothing waits for it. */
  readonly gatherMs = 200;
  readonly parked = { count: 0 };
  /** How many events the last seal covers. */
  sealedEvents = 0;
  private sealing: Sealing | undefined;
  private readonly listeners = new Set<(reason: string) => void>();

  constructor(private readonly options: SealWorkOptions) {}

  async resume(): Promise<string | undefined> {
    const { store, keys, crypto, outlets, logger, onSeal } = this.options;
    const ledgerId = await store.identity();
    if (ledgerId === undefined) throw new CorruptStoreError('A ledger without an id can not be sealed');
    const origin = originOf(ledgerId);
    const start = await sealingStart(store, keys, { origin, crypto });
    await checkPublished(outlets, start, keys, { origin, crypto });
    if (start.ignored !== undefined) {
      const fields = { event: 'seal_key_changed', reason: start.ignored } as const;
      logger.warn(fields, `The last seal ${start.ignored}: all of the ledger is read, to be sealed anew`);
    }
    const { from, afterRevision, unrecorded } = start;
    const sealer = new LedgerSealer({ signer: keys.signer, origin, crypto }, from?.edge);
    this.sealing = { sealer, afterRevision, unrecorded };
    this.sealedEvents = from?.checkpoint.size ?? 0;
    if (from !== undefined) onSeal(from.note);
    return from?.position;
  }

  handleBatch({ events }: SubscriptionBatch): Promise<boolean> {
    const { sealing } = this;
    if (sealing !== undefined) for (const event of events) sealing.sealer.take(event);
    return Promise.resolve(true);
  }

  whenLost(listener: (reason: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Seals what has been taken in since the last seal. When it is not sure that the seal is on record, or was of what is in the
   * ledger, it begins anew at the last seal that is.
   *
   * @throws UnavailableError when it is not on record for sure.
   */
  async seal(): Promise<void> {
    const { sealing } = this;
    try {
      if (sealing !== undefined) await this.sealOf(sealing);
    } catch (error) {
      this.lose(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  private async sealOf(sealing: Sealing): Promise<void> {
    const { bus, clock, onSeal } = this.options;
    const { sealer, afterRevision, unrecorded } = sealing;
    const { news: end, size } = sealer;
    const seal = sealer.seal();
    if (seal === undefined || end === undefined) return;
    if (!(await this.isThere(end))) throw new UnavailableError('The ledger is another one than was taken in');
    const successions = unrecorded.map((note) => ({ note }));
    const request: SealRequest = { after_revision: afterRevision, successions, seal };
    const context = { ...CALLER, deadlineMs: clock.nowMs() + RECORD_MS_MAX };
    const reply = (await bus.request(SEAL_SUBJECT, request, context)) as SealReply | BusFailure;
    if (!reply.ok) throw new UnavailableError(reply.error.message);
    if (reply.outcome === 'conflict') throw new UnavailableError('Another process has sealed the ledger');
    sealing.afterRevision = reply.revision;
    sealing.unrecorded = [];
    this.sealedEvents = size;
    onSeal(seal.note);
  }

  /** Whether an event that was taken in is in the ledger: an older copy may have taken its place. */
  private async isThere(end: NonNullable<LedgerSealer['news']>): Promise<boolean> {
    const { stream, revision, position, id } = end;
    for await (const event of this.options.store.readStream(stream, { fromRevision: revision, limit: 1 }))
      return event.id === id && event.position === position;
    return false;
  }

  private lose(reason: string): void {
    this.sealing = undefined;
    for (const listener of this.listeners) listener(reason);
  }
}

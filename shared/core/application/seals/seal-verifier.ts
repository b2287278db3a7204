import type { Checkpoint } from '../../contracts/checkpoint.js';
import type { NoteKey } from '../../contracts/note-keys.js';
import type { SealFacts } from '../../contracts/seals.js';
import { TreeEdge } from '../../domain/merkle/tree-edge.js';
import { equalHashes } from '../../domain/merkle/tree-hash.js';
import type { SealCrypto } from '../../ports/crypto.js';
import type { EventStore, RecordedEvent } from '../../ports/event-store.js';
import { SEALS_STREAM } from '../streams.js';
import { isSameKey, openSuccession } from './key-succession.js';
import { edgeOf, openCheckpoint } from './opened-seal.js';
import { readSealEvent } from './seal-events.js';
import { isLeaf, sealLeaf } from './seal-leaf.js';

/** A seal that was kept outside of the ledger. It is verified when it is held against the events. */
export interface KeptSeal {
  note: string;
  /** How many events it says that it covers. */
  size: number;
}

/** What seals are held against. */
export interface SealTrust {
  /** The keys that are trusted; of those in the ledger one that they sign over to takes their place. */
  keys: readonly NoteKey[];
  origin: string;
  /** Seals that were kept outside, the smallest first. */
  kept: readonly KeptSeal[];
}

/** What the seals of a ledger cover. */
export interface SealSummary {
  seals: number;
  /** How many events the last one covers. */
  sealedEvents: number;
  /** How many events stand in the ledger. */
  events: number;
}

/** A seal in the ledger, verified as far as it is signed. */
interface OpenSeal {
  revision: number;
  facts: SealFacts;
  checkpoint: Checkpoint;
  edge: TreeEdge;
}

/**
 * Holds a ledger's events, in the order of their positions, against its seals. What stands between two seals is judged by itself,
 * from the edge that the first of them was stored with, which its signed root follows from: so a fault is told once, with the
 * two positions between which it is. It keeps two edges in memory, whatever the number of events and seals.
 */
export class SealVerifier {
  private edge: TreeEdge;
  /** The keys that may sign the next seal in the ledger, and those that ever might. */
  private trusted: NoteKey[];
  private readonly everTrusted: NoteKey[];
  private readonly seals: AsyncIterator<RecordedEvent>;
  private next: OpenSeal | undefined;
  private hasBegun = false;
  /** Of the last seal that was held against the events. */
  private position: string | undefined;
  private sealedEvents = 0;
  private sealCount = 0;
  /** How many of the kept ones have been held against the events; how many of them don't fit. */
  private keptDone = 0;
  private keptMisfits = 0;
  /** How many events the last one of them covers that fits. */
  private keptFitting = 0;
  /** The seals one after the other that don't fit: the first was told. */
  private misfits = { count: 0, last: -1 };

  constructor(
    store: Pick<EventStore, 'readStream'>,
    private readonly trust: SealTrust,
    private readonly crypto: SealCrypto,
    private readonly onFault: (fault: string) => void,
    /** Seals that stand behind this position are not looked at. */
    private readonly upToPosition?: string,
  ) {
    this.edge = TreeEdge.empty((data) => crypto.digest(data));
    this.trusted = [...trust.keys];
    this.everTrusted = [...trust.keys];
    this.seals = store.readStream(SEALS_STREAM)[Symbol.asyncIterator]();
  }

  /** Takes the next event of the ledger. Those of other programs are passed over. */
  take(event: RecordedEvent): Promise<void> | undefined {
    if (!isLeaf(event)) return undefined;
    if (this.hasBegun && !this.isBehindNext(event)) return this.append(event);
    return this.takeBehindSeals(event);
  }

  private async takeBehindSeals(event: RecordedEvent): Promise<void> {
    if (!this.hasBegun) await this.advance();
    while (this.next !== undefined && this.isBehindNext(event)) await this.close(this.next);
    this.append(event);
  }

  private isBehindNext({ position }: RecordedEvent): boolean {
    return this.next !== undefined && position > this.next.facts.position;
  }

  private append(event: RecordedEvent): undefined {
    this.edge.append(sealLeaf(event, this.crypto));
    this.checkKept();
  }

  /** No event comes any more. */
  async end(): Promise<SealSummary> {
    if (!this.hasBegun) await this.advance();
    while (this.next !== undefined) await this.close(this.next);
    this.endMisfits();
    this.checkKeptBeyond();
    return { seals: this.sealCount, sealedEvents: this.sealedEvents, events: this.edge.size };
  }

  /** All events that a seal covers have come. */
  private async close(seal: OpenSeal): Promise<void> {
    const { checkpoint, revision, facts, edge } = seal;
    const { size, root } = checkpoint;
    this.sealCount++;
    if (this.edge.size === size && equalHashes(this.edge.root(), root)) {
      this.endMisfits();
    } else {
      if (this.misfits.count === 0) this.onFault(this.misfitOf(seal));
      this.misfits = { count: this.misfits.count + 1, last: revision };
      this.edge = edge;
      // What was kept of sizes in between can't be held against anything.
      this.skipKeptBelow(size);
    }
    this.sealedEvents = size;
    this.position = facts.position;
    this.checkKept();
    await this.advance();
  }

  private misfitOf({ revision, checkpoint, facts }: OpenSeal): string {
    const from = this.position === undefined ? 'the first event' : `what follows position ${this.position}`;
    const between = `from ${from} up to position ${facts.position}`;
    const { size } = checkpoint;
    const what =
      this.edge.size === size
        ? 'what stands there is not what was sealed'
        : `${this.edge.size - this.sealedEvents} events stand there, and ${size - this.sealedEvents} were sealed`;
    return `${SEALS_STREAM}@${revision}: the seal over ${size} events does not fit: ${between}, ${what}`;
  }

  private endMisfits(): void {
    const { count, last } = this.misfits;
    if (count > 1) this.onFault(`${count - 1} more seals up to ${SEALS_STREAM}@${last} do not fit either`);
    this.misfits = { count: 0, last: -1 };
  }

  /** Goes on to the next seal that is signed by a trusted key; what is wrong with those before it is told. */
  private async advance(): Promise<void> {
    this.hasBegun = true;
    this.next = undefined;
    for (;;) {
      const next = (await this.seals.next()) as IteratorResult<RecordedEvent, undefined>;
      if (next.done === true) return;
      const event = next.value;
      if (this.upToPosition !== undefined && event.position > this.upToPosition) return;
      const record = readSealEvent(event);
      const name = `${SEALS_STREAM}@${record.revision}`;
      if (record.kind === 'seal') this.next = this.openSeal(record, name);
      else if (record.kind === 'succession') this.succeed(record.note, name);
      else this.onFault(`${name}: is no seal that this program can read`);
      if (this.next !== undefined) return;
    }
  }

  private openSeal(
    { facts, revision }: { facts: SealFacts; revision: number },
    name: string,
  ): OpenSeal | undefined {
    const { trusted: keys, crypto } = this;
    const { origin } = this.trust;
    const opened = openCheckpoint(facts.note, { keys, origin, crypto });
    if (opened.fault !== undefined) {
      this.onFault(`${name}: the seal ${opened.fault}`);
      return undefined;
    }
    const { checkpoint } = opened;
    const edge = edgeOf(facts, checkpoint, crypto);
    if (edge === undefined) this.onFault(`${name}: the seal's root does not follow from the edge beside it`);
    else if (checkpoint.size <= this.sealedEvents || facts.position <= (this.position ?? ''))
      this.onFault(`${name}: the seal covers no more than the one before it`);
    else return { revision, facts, checkpoint, edge };
    return undefined;
  }

  private succeed(note: string, name: string): void {
    const said = openSuccession(note, this.trusted, this.crypto);
    if ('fault' in said) return this.onFault(`${name}: the change of keys ${said.fault}`);
    this.trusted = [...this.trusted.filter((key) => !isSameKey(key, said.from)), said.to];
    this.everTrusted.push(said.to);
  }

  private checkKept(): void {
    const { kept } = this.trust;
    this.skipKeptBelow(this.edge.size);
    for (let seal = kept[this.keptDone]; seal?.size === this.edge.size; seal = kept[++this.keptDone]) {
      const checkpoint = this.openKept(seal);
      if (checkpoint === undefined) continue;
      if (equalHashes(checkpoint.root, this.edge.root())) this.keptFitting = seal.size;
      else if (this.keptMisfits++ === 0) this.onFault(this.keptMisfitOf(seal));
    }
  }

  private keptMisfitOf(seal: KeptSeal): string {
    const which = `the events ${this.keptFitting + 1} to ${seal.size} of the ledger`;
    return `${nameOf(seal)} does not fit: ${which} are not those that were sealed then`;
  }

  private skipKeptBelow(size: number): void {
    while ((this.trust.kept[this.keptDone]?.size ?? Infinity) < size) this.keptDone++;
  }

  private checkKeptBeyond(): void {
    if (this.keptMisfits > 1)
      this.onFault(`${this.keptMisfits - 1} more seals that were kept do not fit either`);
    const there = this.edge.size;
    const beyond = this.trust.kept.slice(this.keptDone).filter((seal) => this.openKept(seal) !== undefined);
    const last = beyond.at(-1);
    if (last === undefined) return;
    this.onFault(
      `${nameOf(last)} covers more than the ledger has, ${there}: ${last.size - there} at its end are missing, or it is an older copy`,
    );
  }

  private openKept(seal: KeptSeal): Checkpoint | undefined {
    const { everTrusted: keys, crypto } = this;
    const opened = openCheckpoint(seal.note, { keys, origin: this.trust.origin, crypto });
    if (opened.fault === undefined) return opened.checkpoint;
    this.onFault(`${nameOf(seal)} ${opened.fault}`);
    return undefined;
  }
}

function nameOf({ size }: KeptSeal): string {
  return `The seal over ${size} events that was kept`;
}

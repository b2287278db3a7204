import { checkpointText } from '../../contracts/checkpoint.js';
import type { NoteSigner } from '../../contracts/note-keys.js';
import type { SealFacts } from '../../contracts/seals.js';
import { TreeEdge } from '../../domain/merkle/tree-edge.js';
import type { SealCrypto } from '../../ports/crypto.js';
import type { RecordedEvent } from '../../ports/event-store.js';
import { SEALS_STREAM } from '../streams.js';
import { edgeText } from './seal-events.js';
import { isLeaf, sealLeaf } from './seal-leaf.js';
import { signNote } from './signing.js';

/** Where an event stands that was taken in last. */
export type SealedEnd = Pick<RecordedEvent, 'stream' | 'revision' | 'position' | 'id'>;

/**
 * Makes seals of a ledger whose events it is given in the order of their positions. It keeps the right edge of the tree and
 * nothing else, whatever the number of events.
 */
export class LedgerSealer {
  private readonly edge: TreeEdge;
  private end: SealedEnd | undefined;
  private isNews = false;

  /**
   * @param from The edge of the last seal; it is copied. By default it begins with the ledger's first event.
   */
  constructor(
    private readonly deps: { signer: NoteSigner; origin: string; crypto: SealCrypto },
    from?: TreeEdge,
  ) {
    this.edge = from?.copy() ?? TreeEdge.empty((data) => deps.crypto.digest(data));
  }

  /** Takes in the next event. Those of other programs are passed over. */
  take(event: RecordedEvent): void {
    const { stream, revision, position, id } = event;
    if (!isLeaf(event)) return;
    this.edge.append(sealLeaf(event, this.deps.crypto));
    this.end = { stream, revision, position, id };
    // A seal is sealed by the next one, and is no reason for it.
    this.isNews ||= stream !== SEALS_STREAM;
  }

  /** The last event that it was given, as soon as there is something to seal. */
  get news(): SealedEnd | undefined {
    return this.isNews ? this.end : undefined;
  }

  /** How many events it has been given, those before the last seal included. */
  get size(): number {
    return this.edge.size;
  }

  /** Seals all that it has been given, or `undefined` when that is nothing new. */
  seal(): SealFacts | undefined {
    if (this.news === undefined) return undefined;
    const { signer, origin, crypto } = this.deps;
    const { size, hashes } = this.edge;
    const text = checkpointText({ origin, size, root: this.edge.root() });
    this.isNews = false;
    return {
      note: signNote(text, [signer], crypto),
      position: (this.end as SealedEnd).position,
      edge: edgeText(hashes),
    };
  }
}

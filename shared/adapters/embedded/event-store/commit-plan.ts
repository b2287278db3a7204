import type { AppendOutcome } from '../../../ports/event-store.js';
import type { QueuedCall } from './append-queue.js';
import { NO_REVISION, type EncodedAppend } from './encoded-append.js';
import type { LedgerTables, PlacedEvent } from './ledger-tables.js';
import { formatPosition } from './position.js';

/** A stream as it will be after the commit. */
interface PlannedStream {
  /** The last revision on disk. */
  storedHead: number;
  /** The events that this commit adds. */
  added: PlacedEvent[];
}

/**
 * What one commit writes: decides each append against what is on disk and what the appends before it in the same
 * commit will have put there.
 */
export class CommitPlan {
  readonly events: PlacedEvent[] = [];
  readonly #streams = new Map<string, PlannedStream>();
  readonly #tables: LedgerTables;
  #nextPosition: number;

  constructor(tables: LedgerTables, nextPosition: number) {
    this.#tables = tables;
    this.#nextPosition = nextPosition;
  }

  /** Takes a call's appends into the commit; those after a conflict are left out where they are in order. */
  take({ appends, inOrder }: Pick<QueuedCall, 'appends' | 'inOrder'>): AppendOutcome[] {
    const outcomes: AppendOutcome[] = [];
    for (const append of appends) {
      const outcome = this.#add(append);
      outcomes.push(outcome);
      if (inOrder && outcome.outcome === 'conflict') break;
    }
    return outcomes;
  }

  /** Takes an append into the commit, or says why not. */
  #add(append: EncodedAppend): AppendOutcome {
    const { stream, expectedRevision, texts } = append;
    const planned = this.#streams.get(stream) ?? { storedHead: this.#tables.head(stream), added: [] };
    const head = planned.storedHead + planned.added.length;
    if (head !== expectedRevision) return this.#standing(append, planned) ?? conflict(head);

    let position = this.#nextPosition;
    let revision = expectedRevision + 1;
    for (const text of texts) {
      const placed = { position: position++, stream, revision: revision++, text };
      planned.added.push(placed);
      this.events.push(placed);
    }
    this.#nextPosition = position;
    this.#streams.set(stream, planned);
    return appended(revision - 1, position - 1);
  }

  /** The streams that get events, each with its last revision after the commit. */
  *heads(): Iterable<readonly [string, number]> {
    for (const [stream, { storedHead, added }] of this.#streams) yield [stream, storedHead + added.length];
  }

  /** The outcome when exactly these events stand there already. */
  #standing(
    { stream, expectedRevision, texts }: EncodedAppend,
    { storedHead, added }: PlannedStream,
  ): AppendOutcome | undefined {
    const lastRevision = expectedRevision + texts.length;
    if (lastRevision > storedHead + added.length) return undefined;
    let position = 0;
    for (const [index, text] of texts.entries()) {
      const revision = expectedRevision + 1 + index;
      const standing = added[revision - storedHead - 1] ?? this.#stored(stream, revision);
      if (!standing.text.equals(text)) return undefined;
      position = standing.position;
    }
    return appended(lastRevision, position);
  }

  #stored(stream: string, revision: number): { position: number; text: Buffer } {
    const { position, text } = this.#tables.textInStream(stream, revision);
    return { position, text: Buffer.from(text) };
  }
}

function appended(revision: number, position: number): AppendOutcome {
  return { outcome: 'appended', revision, position: formatPosition(position) };
}

function conflict(head: number): AppendOutcome {
  return { outcome: 'conflict', actualRevision: head === NO_REVISION ? 'no_stream' : head };
}

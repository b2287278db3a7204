import type { AppendOutcome } from '../../../core/ports/event-store.js';
import { payloadOf, samePayload } from '../event-log/event-record.js';
import { formatPosition } from '../event-log/position.js';
import type { QueuedCall } from './append-queue.js';
import { NO_REVISION, type EncodedAppend } from './encoded-append.js';

/** What stands at a revision. */
export interface StandingEvent {
  position: number;
  /** As `EventRecord.payload`. */
  payload: Buffer | undefined;
}

/** What a plan has to know of what is on disk. */
export interface PlannedOn {
  /** The revision of a stream's last event. */
  head(stream: string): number;
  /** What stands at a revision that the stream has. */
  standing(stream: string, revision: number): StandingEvent;
}

/** An event that the commit writes. */
export interface PlannedEvent {
  stream: string;
  revision: number;
  position: number;
  record: Buffer;
}

/** A stream as it will be after the commit. */
interface PlannedStream {
  /** The last revision on disk. */
  storedHead: number;
  /** The events that this commit adds. */
  added: PlannedEvent[];
}

/**
 * What one commit writes: decides each append against what is on disk and what the appends before it in the same
 * commit will have put there.
 */
export class CommitPlan {
  readonly events: PlannedEvent[] = [];
  readonly #streams = new Map<string, PlannedStream>();
  readonly #on: PlannedOn;
  #nextPosition: number;

  constructor(on: PlannedOn, nextPosition: number) {
    this.#on = on;
    this.#nextPosition = nextPosition;
  }

  /**
   * Takes a call's appends into the commit; those after a conflict are left out where they are in order.
   *
   * @throws What stops it from knowing what is on disk; nothing of the call is in the commit then.
   */
  take(call: Pick<QueuedCall, 'appends' | 'inOrder'>): AppendOutcome[] {
    const before = this.events.length;
    try {
      return this.#take(call);
    } catch (error) {
      for (const { stream } of this.events.splice(before)) {
        this.#streams.get(stream)?.added.pop();
        this.#nextPosition--;
      }
      throw error;
    }
  }

  #take({ appends, inOrder }: Pick<QueuedCall, 'appends' | 'inOrder'>): AppendOutcome[] {
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
    const { stream, expectedRevision, records } = append;
    const planned = this.#streams.get(stream) ?? { storedHead: this.#on.head(stream), added: [] };
    const head = planned.storedHead + planned.added.length;
    if (head !== expectedRevision) return this.#standing(append, planned) ?? conflict(head);

    let revision = expectedRevision + 1;
    for (const record of records) {
      const event = { stream, revision: revision++, position: this.#nextPosition++, record };
      planned.added.push(event);
      this.events.push(event);
    }
    this.#streams.set(stream, planned);
    return appended(revision - 1, this.#nextPosition - 1);
  }

  /** The outcome when exactly these events stand there already. */
  #standing(
    { stream, expectedRevision, records }: EncodedAppend,
    { storedHead, added }: PlannedStream,
  ): AppendOutcome | undefined {
    const lastRevision = expectedRevision + records.length;
    if (lastRevision > storedHead + added.length) return undefined;
    let last = 0;
    for (const [index, own] of records.entries()) {
      const revision = expectedRevision + 1 + index;
      const planned = added[revision - storedHead - 1];
      const { payload, position } = planned
        ? { payload: payloadOf(planned.record), position: planned.position }
        : this.#on.standing(stream, revision);
      if (payload === undefined || !samePayload(payload, payloadOf(own))) return undefined;
      last = position;
    }
    return appended(lastRevision, last);
  }
}

function appended(revision: number, position: number): AppendOutcome {
  return { outcome: 'appended', revision, position: formatPosition(position) };
}

function conflict(head: number): AppendOutcome {
  return { outcome: 'conflict', actualRevision: head === NO_REVISION ? 'no_stream' : head };
}

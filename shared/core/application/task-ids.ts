import { BrokenStreamError, CorruptStoreError, UnavailableError } from '../contracts/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore, RecordedEvent } from '../ports/event-store.js';
import { bookkeepingEvents } from './bookkeeping-events.js';
import { endOfStream } from './stream-end.js';
import { taskIdsStream } from './streams.js';
import { upcast } from './upcasters.js';
import { ChainVerifier } from './chain-verifier.js';

/** Blocks start small, so that a restart leaves a small gap, and double as long as they are used up. */
const FIRST_BLOCK_IDS = 10;
const BLOCK_IDS_MAX = 10_000;

/** Enough that no two reservations of one block are ever alike. */
const NONCE_BYTES = 8;

/** How many streams of blocks there can be: a further one for each that does not verify. */
const STREAMS_MAX = 100;

/**
 * For how long it is told why no block could be reserved. One that is reserved ends it at once; but while nothing is created,
 * nobody would ever hear that it is possible again.
 */
const FAULT_MS_MAX = 60_000;

/** How often a block is tried for against other services before the create is told to come again. */
const CONFLICTS_MAX = 20;

/**
 * Hands out task ids from blocks that are reserved in the ledger, so that any number of services can create tasks. An
 * id is never handed out twice; ids of a block that was not used up, or whose append had an unknown outcome, never are.
 */
export class TaskIds {
  private next = 1;
  private last = 0;
  private blockIds = FIRST_BLOCK_IDS;
  private reserving: Promise<void> | undefined;
  private lastFault: { message: string; atMs: number } | undefined;

  constructor(private readonly deps: { store: EventStore; clock: Clock; crypto: Crypto }) {}

  /** The next id, when there is one without asking the ledger. */
  takeAtHand(): number | undefined {
    return this.next > this.last ? undefined : this.next++;
  }

  /** @throws UnavailableError when no block could be reserved. */
  async take(): Promise<number> {
    // Others that waited for the same block may have used it up.
    while (this.next > this.last) {
      this.reserving ??= this.reserveOnce().finally(() => (this.reserving = undefined));
      await this.reserving;
    }
    return this.next++;
  }

  /** Why no task can be created, where that was so lately and has not changed since. */
  fault(): string | undefined {
    if (this.lastFault === undefined) return undefined;
    return this.deps.clock.nowMs() - this.lastFault.atMs > FAULT_MS_MAX ? undefined : this.lastFault.message;
  }

  private async reserveOnce(): Promise<void> {
    try {
      await this.reserve();
      this.lastFault = undefined;
    } catch (error) {
      // That the ledger is away for a moment says nothing of the ids.
      if (error instanceof NoTaskIdsError)
        this.lastFault = { message: error.message, atMs: this.deps.clock.nowMs() };
      throw error;
    }
  }

  private async reserve(): Promise<void> {
    const { store } = this.deps;
    for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
      const { stream, previous, lastId } = await this.blocks();
      const first = lastId + 1;
      const last = first + this.blockIds - 1;
      // Two services may try for the same block in the same millisecond. Were their events alike, byte for byte, the store
      // would take the second for a repeat of the first, and both would hand out the same ids.
      const nonce = this.deps.crypto.randomText(NONCE_BYTES);
      const block = { type: 'TaskIdsReserved', facts: { first, last, nonce } };
      const [outcome] = await store.append([
        {
          stream,
          expectedRevision: previous?.revision ?? 'no_stream',
          events: bookkeepingEvents(stream, previous, [block], this.deps),
        },
      ]);
      if (outcome?.outcome !== 'appended') continue;
      this.next = first;
      this.last = last;
      this.blockIds = Math.min(this.blockIds * 2, BLOCK_IDS_MAX);
      return;
    }
    throw new NoTaskIdsError('No task ids could be reserved: too many services are reserving at once');
  }

  /** The first stream of blocks whose end verifies. No broken one stops tasks from being created. */
  private async blocks(): Promise<Blocks> {
    const { store, crypto } = this.deps;
    let lastId = 0;
    for (let number = 1; number <= STREAMS_MAX; number++) {
      const stream = taskIdsStream(number);
      try {
        const previous = await endOfStream(store, stream, crypto);
        return { stream, previous, lastId: previous === undefined ? lastId : lastIdOf(previous) };
      } catch (error) {
        if (!(error instanceof BrokenStreamError)) throw error;
        lastId = Math.max(lastId, await this.lastIdThatMayBeIn(stream));
      }
    }
    throw new NoTaskIdsError('No task ids could be reserved: none of the streams for them verifies');
  }

  /** An id that no block of a broken stream goes beyond, nor one that is being added to it just now. */
  private async lastIdThatMayBeIn(stream: string): Promise<number> {
    const verifier = new ChainVerifier(this.deps.crypto);
    let known = { lastId: 0, revision: -1 };
    let lastRevision = -1;
    try {
      for await (const block of this.deps.store.readStream(stream)) {
        lastRevision = block.revision;
        if (verifier.next(block) === undefined) known = { lastId: lastIdOf(block), revision: lastRevision };
      }
    } catch (error) {
      if (!(error instanceof BrokenStreamError)) throw error;
      throw new NoTaskIdsError(`No task ids could be reserved: ${error.message}`, { cause: error });
    }
    // Blocks that are not there any more count as well.
    const unknownBlocks = lastRevision - known.revision + 1;
    return known.lastId + unknownBlocks * BLOCK_IDS_MAX;
  }
}

/** The ledger is there, and gives no ids. */
class NoTaskIdsError extends UnavailableError {}

/** Where the next block goes. */
interface Blocks {
  stream: string;
  previous: RecordedEvent | undefined;
  /** The last id that has been handed out to anybody. */
  lastId: number;
}

function lastIdOf(block: RecordedEvent): number {
  const { last } = upcast(block).data;
  if (!Number.isSafeInteger(last))
    throw new CorruptStoreError(`${block.stream}@${block.revision} has no last id`);
  return last as number;
}

import { CorruptStoreError } from '../contracts/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore, StreamAppend } from '../ports/event-store.js';
import { bookkeepingEvents } from './bookkeeping-events.js';
import { RecentCache } from './recent-cache.js';
import { upcast } from './upcasters.js';
import { verified } from './verify-chain.js';

/** How many reservations are remembered; each is a stream name and an id. */
const REMEMBERED_MAX = 100_000;

/**
 * Which task a key, or a creation without a key, stands for. A reservation never changes once it is written, so that it
 * can be remembered without asking again.
 */
export class TaskReservations {
  private readonly remembered = new RecentCache<string, number>(REMEMBERED_MAX);

  constructor(private readonly deps: { store: EventStore; clock: Clock; crypto: Crypto }) {}

  /**
   * The task that a reservation stands for, or `undefined` when nobody has reserved it.
   *
   * @throws BrokenStreamError when the reservation does not verify.
   */
  async find(stream: string): Promise<number | undefined> {
    const known = this.remembered.get(stream);
    if (known !== undefined) return known;
    const { store, crypto } = this.deps;
    for await (const recorded of verified(store.readStream(stream, { limit: 1 }), crypto)) {
      const { data } = upcast(recorded);
      if (!Number.isSafeInteger(data.task_id)) throw new CorruptStoreError(`${stream} does not name a task`);
      this.remembered.set(stream, data.task_id as number);
      return data.task_id as number;
    }
    return undefined;
  }

  /** The task that a reservation is known to stand for, without asking the ledger. */
  known(stream: string): number | undefined {
    return this.remembered.get(stream);
  }

  /** What reserves for a new task, unless somebody else already has: to be appended before the task's first event. */
  claim(stream: string, taskId: number): StreamAppend {
    const reserved = { type: 'TaskKeyReserved', facts: { task_id: taskId } };
    const events = bookkeepingEvents(stream, undefined, [reserved], this.deps);
    return { stream, expectedRevision: 'no_stream', events };
  }

  /** Notes what was reserved. */
  remember(stream: string, taskId: number): void {
    this.remembered.set(stream, taskId);
  }
}

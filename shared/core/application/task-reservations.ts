import { RecentCache } from '../../kit/recent-cache.js';
import { CorruptStoreError } from '../contracts/errors.js';
import type { EventOrigin } from '../domain/task.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore, StreamAppend } from '../ports/event-store.js';
import { bookkeepingEvents } from './bookkeeping-events.js';
import { DEFAULT_NAMESPACE, eventReservationStream, keyReservationStream } from './streams.js';
import { upcast } from './upcasters.js';
import { verified } from './chain-verifier.js';

/** What a new task's id is reserved by: the publisher's key for the task, or the very event that creates it. */
export type ReservedBy = { key: string } | { createdBy: EventOrigin };

/** How much memory the remembered reservations may take, in bytes (estimated): about a hundred thousand. */
const REMEMBERED_BYTES_MAX = 16 * 1024 * 1024;

/** What a remembered reservation takes beside its name. */
const ENTRY_BYTES = 100;

/**
 * Which task a key, or a creation without a key, stands for. A reservation never changes once it is written, so that it
 * can be remembered without asking again: by the name that the caller gives it, so that its stream need not be known.
 */
export class TaskReservations {
  private readonly remembered = new RecentCache<string, number>(REMEMBERED_BYTES_MAX);

  constructor(private readonly deps: { store: EventStore; clock: Clock; crypto: Crypto }) {}

  /**
   * The task that is reserved, or `undefined` when nobody has reserved it.
   *
   * @throws BrokenStreamError when the reservation does not verify.
   */
  async find(name: string, by: ReservedBy): Promise<number | undefined> {
    const known = this.remembered.get(name);
    if (known !== undefined) return known;
    const { store, crypto } = this.deps;
    const stream = this.streamOf(by);
    for await (const recorded of verified(store.readStream(stream, { limit: 1 }), crypto)) {
      const { data } = upcast(recorded);
      if (!Number.isSafeInteger(data.task_id)) throw new CorruptStoreError(`${stream} does not name a task`);
      this.remember(name, data.task_id as number);
      return data.task_id as number;
    }
    return undefined;
  }

  /** The task that a reservation is known to stand for, without asking the ledger. */
  known(name: string): number | undefined {
    return this.remembered.get(name);
  }

  /** What reserves for a new task, unless somebody else already has: to be appended before the task's first event. */
  claim(by: ReservedBy, taskId: number): StreamAppend {
    const stream = this.streamOf(by);
    const reserved = { type: 'TaskKeyReserved', facts: { task_id: taskId } };
    const events = bookkeepingEvents(stream, undefined, [reserved], this.deps);
    return { stream, expectedRevision: 'no_stream', events };
  }

  /** Notes what was reserved. */
  remember(name: string, taskId: number): void {
    this.remembered.set(name, taskId, ENTRY_BYTES + name.length);
  }

  private streamOf(by: ReservedBy): string {
    const { crypto } = this.deps;
    return 'key' in by
      ? keyReservationStream(DEFAULT_NAMESPACE, by.key, crypto)
      : eventReservationStream(DEFAULT_NAMESPACE, by.createdBy, crypto);
  }
}

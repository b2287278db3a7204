import { CorruptStoreError } from '../contracts/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore } from '../ports/event-store.js';
import { bookkeepingEvent } from './bookkeeping-event.js';
import { RecentCache } from './recent-cache.js';

/** How many reservations are remembered; each is a stream name and an id. */
const REMEMBERED_MAX = 100_000;

/**
 * Which task a key, or a creation without a key, stands for. A reservation never changes once it is written, so that it
 * can be remembered without asking again.
 */
export class TaskReservations {
  private readonly remembered = new RecentCache<string, number>(REMEMBERED_MAX);

  constructor(private readonly deps: { store: EventStore; clock: Clock; crypto: Crypto }) {}

  /** The task that a reservation stands for, or `undefined` when nobody has reserved it. */
  async find(stream: string): Promise<number | undefined> {
    const known = this.remembered.get(stream);
    if (known !== undefined) return known;
    for await (const { data } of this.deps.store.readStream(stream, { limit: 1 })) {
      if (!Number.isSafeInteger(data.task_id)) throw new CorruptStoreError(`${stream} does not name a task`);
      this.remembered.set(stream, data.task_id as number);
      return data.task_id as number;
    }
    return undefined;
  }

  /** Reserves for a new task, or answers the task for which somebody else already has. */
  async reserve(stream: string, newTaskId: () => Promise<number>): Promise<number> {
    const known = this.remembered.get(stream);
    if (known !== undefined) return known;
    const taskId = await newTaskId();
    const [outcome] = await this.deps.store.append([
      {
        stream,
        expectedRevision: 'no_stream',
        events: [bookkeepingEvent(stream, undefined, 'TaskKeyReserved', { task_id: taskId }, this.deps)],
      },
    ]);
    if (outcome?.outcome === 'appended') {
      this.remembered.set(stream, taskId);
      return taskId;
    }
    const owner = await this.find(stream);
    if (owner === undefined) throw new CorruptStoreError(`${stream} exists and is empty`);
    return owner;
  }
}

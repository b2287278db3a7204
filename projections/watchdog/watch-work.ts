import { TASK_STREAM_PREFIX } from '../../shared/core/application/streams.js';
import type { EventStore, SubscriptionBatch } from '../../shared/core/ports/event-store.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { LedgerWork } from '../engine/follow-ledger.js';
import { runningTasks, seenIn, type RunningTasksDeps } from './running-tasks.js';
import type { WatchedTasks } from './watched-tasks.js';

/** What following takes. */
export interface WatchWorkDeps extends RunningTasksDeps {
  store: Pick<EventStore, 'readStream' | 'lastPosition'>;
  watched: WatchedTasks;
  logger: Logger;
  /** A clock that only goes forward, in milliseconds. */
  nowMs: () => number;
}

/** Keeps the tasks that are watched as the ledger has them. After trouble all of them are found anew. */
export class WatchWork implements LedgerWork {
  readonly name = 'The watchdog';
  readonly streamPrefix = TASK_STREAM_PREFIX;
  readonly gatherMs = 0;
  readonly parked = { count: 0 };
  /** Up to where all is known; `undefined` while the running tasks are not found yet. */
  knownTo: string | undefined;
  private wasFull = false;

  constructor(
    private readonly deps: WatchWorkDeps,
    private readonly signal: AbortSignal,
  ) {}

  async resume(): Promise<string | undefined> {
    const { store, watched, nowMs } = this.deps;
    this.knownTo = undefined;
    watched.clear();
    const from = await store.lastPosition();
    if (from === undefined) return undefined;
    for await (const seen of runningTasks(this.deps, from, this.signal)) {
      watched.see(seen, nowMs());
      if (watched.isFull) break;
    }
    this.tellFull();
    this.knownTo = from;
    return from;
  }

  handleBatch({ events, position }: SubscriptionBatch): Promise<boolean> {
    const { watched, nowMs } = this.deps;
    for (const event of events) {
      const seen = seenIn(event);
      if (seen !== undefined) watched.see(seen, nowMs());
      else this.parked.count++;
    }
    this.tellFull();
    this.knownTo = position ?? this.knownTo;
    return Promise.resolve(true);
  }

  private tellFull(): void {
    const { watched, logger } = this.deps;
    const { isFull, count } = watched;
    if (isFull && !this.wasFull) {
      const message = `The watchdog watches ${count} tasks, and no others until one of them ends`;
      logger.warn({ event: 'watchdog_full', count }, message);
    }
    this.wasFull = isFull;
  }
}

import type { EventIngest } from '../../shared/core/application/event-ingest.js';
import { isSameCaller, type Caller } from '../../shared/core/contracts/caller.js';
import { isLedgerRefusal } from '../../shared/core/contracts/errors.js';
import type { IngestOutcome } from '../../shared/core/contracts/messages.js';
import type { Clock } from '../../shared/core/ports/clock.js';
import type { ParkingCode } from '../../shared/core/ports/ingest-stream.js';
import { Backoff } from '../../shared/kit/backoff.js';
import type { Semaphore } from '../../shared/kit/semaphore.js';

/** One event on its way from the stream into the ledger. */
export interface QueuedEvent {
  raw: unknown;
  /** Who has sent it. */
  caller: Caller;
  publishedAtMs: number;
  /** It is in the ledger, or kept there as evidence. */
  done(): void;
  /** It never will be. Resolves when that is on record. */
  park(code: ParkingCode, reason: IngestOutcome['reason'], message: string): Promise<void>;
}

/** Whom something keeps waiting: one task, whose record can't be read or written, or as far as can be told all of them. */
export type WaitScope = 'task' | 'ledger';

/** What queues work with. */
export interface TaskQueueDeps {
  ingest: Pick<EventIngest, 'ingest'>;
  clock: Clock;
  /** Lets so many tries be under way at a time: were there one for each task, all of them would be too slow. */
  permits: Semaphore;
  /** How long after its publication an event waits for the creation of its task. */
  unknownTaskPatienceMs: number;
  /** How long events wait for a task whose record is broken. */
  brokenTaskPatienceMs: number;
  /** Told why an event could not be taken in for now, and whether that is for its task alone. */
  onWaiting(event: unknown, reason: string, scope: WaitScope): void;
  /** Told what became of an event in the end. */
  onSettled(event: unknown, reason: IngestOutcome['reason']): void;
  /** Fires when the queues are to go no further. */
  over: AbortSignal;
}

/** How many events of a task are handed over together. */
const EVENTS_AT_ONCE_MAX = 100;

/** How long one try may take. */
const ATTEMPT_MS_MAX = 10_000;

/** The events of one task, one after the other: while one of them waits, so do those after it. */
export class TaskQueue {
  private readonly queue: QueuedEvent[] = [];
  private running: Promise<void> | undefined;
  private brokenSinceMs: number | undefined;

  /** @param onTaskId Told of the id of the task, as far as an answer says it. */
  constructor(
    private readonly deps: TaskQueueDeps,
    private readonly onTaskId: (taskId: number) => void,
    private readonly onEmpty: () => void,
  ) {}

  push(event: QueuedEvent): void {
    this.queue.push(event);
    this.running ??= this.run();
  }

  /** Resolves when nothing is under way any more, be it that all is done or that the queues are to go no further. */
  async settled(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    const backoff = new Backoff();
    const { over } = this.deps;
    while (this.queue.length > 0 && !over.aborted) {
      if (await this.attempt().catch((error: unknown) => this.failed(error))) {
        backoff.reset();
        continue;
      }
      await backoff.wait(over);
    }
    this.running = undefined;
    if (this.queue.length === 0) this.onEmpty();
  }

  private failed(error: unknown): false {
    const reason = error instanceof Error ? error.message : String(error);
    this.deps.onWaiting(this.queue[0]?.raw, reason, 'ledger');
    return false;
  }

  /** Hands over what is there; answers whether all of it is settled, or the first that is not has to wait. */
  private async attempt(): Promise<boolean> {
    const { ingest, clock, permits, over } = this.deps;
    let events: QueuedEvent[] = [];
    const outcomes: IngestOutcome[] = [];
    await permits
      .run(1, async () => {
        if (over.aborted) return;
        // What has come while it waited for its permit goes along: it may be what the first ones wait for.
        events = this.queue.slice(0, EVENTS_AT_ONCE_MAX);
        while (outcomes.length < events.length && outcomes.at(-1)?.outcome !== 'unavailable') {
          const next = events.slice(outcomes.length);
          const { caller } = next[0] as QueuedEvent;
          const others = next.findIndex((event) => !isSameCaller(event.caller, caller));
          const raw = next.slice(0, others === -1 ? undefined : others).map((event) => event.raw);
          const context = { ...caller, deadlineMs: clock.nowMs() + ATTEMPT_MS_MAX };
          outcomes.push(...(await ingest.ingest(raw, context)));
        }
      })
      .catch((error: unknown) => {
        // Those before have their outcomes.
        if (outcomes.length === 0) throw error;
      });
    for (const [index, outcome] of outcomes.entries()) {
      if (!(await this.settle(events[index] as QueuedEvent, outcome))) return false;
      this.queue.shift();
    }
    return true;
  }

  /** Answers whether it is settled: else it waits. */
  private async settle(
    event: QueuedEvent,
    { outcome, task_id, reason, message }: IngestOutcome,
  ): Promise<boolean> {
    if (outcome === 'unavailable') {
      if (!this.brokenForTooLong(reason)) {
        this.deps.onWaiting(event.raw, message, reason === 'broken_task' ? 'task' : 'ledger');
        return false;
      }
      await event.park('broken_task', reason, message);
      this.deps.onSettled(event.raw, reason);
      return true;
    }
    this.brokenSinceMs = undefined;
    if (task_id !== null) this.onTaskId(task_id);
    if (isLedgerRefusal(reason)) {
      // The ledger does not have it, and not as evidence either.
      await event.park(reason === 'too_large_for_ledger' ? 'too_large' : 'broken_task', reason, message);
    } else if (outcome === 'rejected' && task_id === null) {
      if (reason !== 'task_not_found') {
        await event.park('malformed', reason, message);
      } else if (this.deps.clock.nowMs() - event.publishedAtMs < this.deps.unknownTaskPatienceMs) {
        return false;
      } else {
        await event.park('unknown_task', reason, message);
      }
    } else {
      event.done();
    }
    this.deps.onSettled(event.raw, reason);
    return true;
  }

  private brokenForTooLong(reason: IngestOutcome['reason']): boolean {
    if (reason !== 'broken_task') {
      this.brokenSinceMs = undefined;
      return false;
    }
    const nowMs = this.deps.clock.nowMs();
    this.brokenSinceMs ??= nowMs;
    return nowMs - this.brokenSinceMs >= this.deps.brokenTaskPatienceMs;
  }
}

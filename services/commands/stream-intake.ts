import { setMaxListeners } from 'node:events';
import type { EventIngest } from '../../shared/core/application/event-ingest.js';
import {
  InvalidRequestError,
  TaskledgerError,
  TooManyEventsError,
  UnavailableError,
} from '../../shared/core/contracts/errors.js';
import { parseSentJson, RefusedJson } from '../../shared/core/contracts/json-items.js';
import { checkBatchSize } from '../../shared/core/contracts/messages.js';
import type { Reason } from '../../shared/core/contracts/reasons.js';
import { sentText } from '../../shared/core/contracts/sent-text.js';
import { withTraceparent } from '../../shared/core/contracts/traceparent.js';
import type { JsonValue } from '../../shared/core/domain/json.js';
import type { Clock } from '../../shared/core/ports/clock.js';
import type {
  IngestMessage,
  IngestStream,
  IngestLease,
  ParkedEvent,
  ParkingCode,
} from '../../shared/core/ports/ingest-stream.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import { Backoff } from '../../shared/kit/backoff.js';
import { Semaphore } from '../../shared/kit/semaphore.js';
import type { CommandMetrics } from '../../shared/runtime/observability/command-metrics.js';
import { MessageRoom } from './message-room.js';
import type { WaitScope } from './task-queue.js';
import { TaskQueues } from './task-queues.js';
import { taskNameOf, WaitLog } from './wait-log.js';

/** How the intake is made. */
export interface StreamIntakeDeps {
  stream: IngestStream;
  ingest: Pick<EventIngest, 'ingest' | 'taskIdOfKey'>;
  clock: Clock;
  logger: Logger;
  metrics: Pick<CommandMetrics, 'countEvent'>;
  /** Default `UNKNOWN_TASK_PATIENCE_MS`. */
  unknownTaskPatienceMs?: number;
  /** Default `BROKEN_TASK_PATIENCE_MS`. */
  brokenTaskPatienceMs?: number;
}

/** How the intake is doing. */
export interface StreamIntakeStatus {
  /** Whether it is this process's term; else another works, or the stream is unavailable. */
  working: boolean;
  /** Of that term. */
  epoch?: number;
  /** How many messages are in flight. */
  inFlight: number;
  /** Why it is stalled, while it is: what keeps one task alone waiting does not count. */
  lastError?: string;
}

/** An intake at work. */
export interface StreamIntake {
  status(): StreamIntakeStatus;
  /** Takes no more, finishes what it is appending, and ends; the rest comes again. Idempotent. */
  stop(): Promise<void>;
}

/** How long an event waits for the creation of its task, counted from its publication: another publisher's may be slower. */
export const UNKNOWN_TASK_PATIENCE_MS = 5_000;

/** How long events wait for a task whose record in the ledger is broken, before they make room. */
export const BROKEN_TASK_PATIENCE_MS = 60_000;

/**
 * How many tasks are worked on side by side: enough to fill the ledger's commits, and few enough that the streams of tasks
 * whose state is no longer in memory are read well within a try's time.
 */
const TRIES_AT_ONCE_MAX = 256;

/** How many events a message may hold: more than fit into one of 1 MiB, unless they are no events. */
const MESSAGE_EVENTS_MAX = 10_000;

/**
 * Takes the events that publishers have left in the stream into the ledger: many tasks side by side, each task in the
 * stream's order. A message is acknowledged when all of its events are on disk in the ledger, as evidence, or parked; one
 * that was not comes again, and what of it was appended is then a duplicate. While the ledger is unavailable everything waits.
 */
export function startStreamIntake(deps: StreamIntakeDeps): StreamIntake {
  const stopping = new AbortController();
  const run = new IntakeRun(deps, stopping.signal);
  const running = run.untilStopped();
  return {
    status: () => run.status(),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** So many tasks with records that can't be read or written, and none that can, are not the tasks' fault. */
const BROKEN_TASKS_MAX = 8;

class IntakeRun {
  private epoch: number | undefined;
  private lastError: string | undefined;
  private readonly waitLog: WaitLog;
  /** Tasks whose records could not be read or written since anything went on; at most `BROKEN_TASKS_MAX`. */
  private readonly brokenTasks = new Set<unknown>();
  private readonly room = new MessageRoom();

  constructor(
    private readonly deps: StreamIntakeDeps,
    private readonly signal: AbortSignal,
  ) {
    this.waitLog = new WaitLog(deps.logger);
  }

  status(): StreamIntakeStatus {
    const { epoch, lastError, room } = this;
    const working = epoch !== undefined;
    return {
      working,
      ...(working && { epoch }),
      inFlight: room.messages,
      ...(lastError !== undefined && { lastError }),
    };
  }

  async untilStopped(): Promise<void> {
    const backoff = new Backoff();
    while (!this.signal.aborted) {
      try {
        const term = await this.deps.stream.takeLease(this.signal);
        backoff.reset();
        await this.work(term);
      } catch (error) {
        if (this.signal.aborted) return;
        this.lastError = error instanceof Error ? error.message : String(error);
        const code = error instanceof TaskledgerError ? error.code : undefined;
        const retryDelayMs = backoff.nextDelayMs();
        const fields = { event: 'intake_stalled', code, retryDelayMs } as const;
        this.deps.logger.warn(
          fields,
          `This process takes nothing in for now, and tries again: ${this.lastError}`,
        );
        await backoff.wait(this.signal, retryDelayMs);
        // It stands by, or works, unless the next try says otherwise.
        this.lastError = undefined;
      }
    }
  }

  private waits(event: unknown, reason: string, scope: WaitScope): void {
    if (scope === 'task') this.brokenTasks.add(taskNameOf(event));
    // Others go on when one task's record is broken, and the intake is none the worse for it; not so when all seem to be.
    const isWide = scope === 'ledger' || this.brokenTasks.size >= BROKEN_TASKS_MAX;
    if (isWide) this.lastError = reason;
    this.waitLog.say(event, reason, isWide ? 'ledger' : 'task', this.room.messages);
  }

  private async work(term: IngestLease): Promise<void> {
    const { clock, ingest, metrics, unknownTaskPatienceMs, brokenTaskPatienceMs } = this.deps;
    const ended = new AbortController();
    const over = AbortSignal.any([this.signal, ended.signal, term.lost]);
    // Every queue that waits listens.
    setMaxListeners(0, over);
    const queues = new TaskQueues({
      ingest,
      clock,
      permits: new Semaphore(TRIES_AT_ONCE_MAX),
      unknownTaskPatienceMs: unknownTaskPatienceMs ?? UNKNOWN_TASK_PATIENCE_MS,
      brokenTaskPatienceMs: brokenTaskPatienceMs ?? BROKEN_TASK_PATIENCE_MS,
      over,
      onWaiting: (event, reason, scope) => this.waits(event, reason, scope),
      onSettled: (event, reason) => metrics.countEvent('stream', event, reason),
    });
    this.epoch = term.epoch;
    this.lastError = undefined;
    try {
      for await (const message of term.messages(this.signal)) {
        await this.take(term, message, queues, over);
        await this.room.available(over);
      }
    } finally {
      this.epoch = undefined;
      ended.abort();
      await queues.settled();
      this.room.clear();
      await term.end();
    }
  }

  /** Puts the events of a message into the queues of their tasks. */
  private async take(
    term: IngestLease,
    message: IngestMessage,
    queues: TaskQueues,
    over: AbortSignal,
  ): Promise<void> {
    const leave = this.room.enter(message.body.length);
    const park = async (parked: ParkedEvent, index: number): Promise<void> => {
      await term.park(message, parked, index);
      const { code, reason } = parked;
      const { sequence, subject } = message;
      const fields = { event: 'message_parked', code, reason, sequence, subject } as const;
      this.deps.logger.warn(fields, `A message was put aside, all others go on: ${parked.message}`);
    };
    const acknowledge = (): void => {
      message.ack();
      leave();
      // Something goes on; what still waits says so again.
      this.lastError = undefined;
      this.brokenTasks.clear();
    };
    let events: (JsonValue | RefusedJson)[];
    try {
      if (message.fault !== undefined) throw new InvalidRequestError(message.fault);
      const value = parseSentJson(sentText(message.body), MESSAGE_EVENTS_MAX);
      events = Array.isArray(value) ? value : [value];
      checkBatchSize(events, MESSAGE_EVENTS_MAX);
      if (events.length === 0) throw new InvalidRequestError('A list without events');
    } catch (error) {
      if (!(error instanceof InvalidRequestError || error instanceof TooManyEventsError)) throw error;
      const { code: reason, message: text } = error;
      const parked = { code: 'malformed', reason, message: text, body: message.body } as const;
      await untilDone(() => park(parked, 0), over);
      if (over.aborted) return;
      this.deps.metrics.countEvent('stream', undefined, reason);
      acknowledge();
      return;
    }
    let left = events.length;
    const done = (): void => {
      if (--left === 0) acknowledge();
    };
    for (const [index, raw] of events.entries()) {
      const body = events.length === 1 ? message.body : new TextEncoder().encode(textOfEvent(raw));
      const event = {
        raw: withTraceparent(raw, message.traceparent),
        caller: message.caller,
        publishedAtMs: message.publishedAtMs,
        done,
        park: async (code: ParkingCode, reason: Reason, text: string) => {
          await park({ code, reason, message: text, body }, index);
          done();
        },
      };
      await untilDone(() => queues.push(event), over);
    }
  }
}

/** Tries again, later each time, while something is unavailable. */
async function untilDone(task: () => Promise<void>, over: AbortSignal): Promise<void> {
  for (const backoff = new Backoff(); !over.aborted;) {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      await backoff.wait(over);
    }
  }
}

/** An event of a list, as it is parked. */
function textOfEvent(event: JsonValue | RefusedJson): string {
  return event instanceof RefusedJson ? event.text : JSON.stringify(event);
}

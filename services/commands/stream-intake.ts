import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventIngest } from '../../shared/application/ingest-events.js';
import { WeightedTurns } from '../../shared/application/weighted-turns.js';
import {
  InvalidRequestError,
  TaskledgerError,
  TooManyEventsError,
  UnavailableError,
} from '../../shared/contracts/errors.js';
import { checkBatchSize } from '../../shared/contracts/messages.js';
import { parseSentJson, RefusedJson } from '../../shared/contracts/json-items.js';
import type { Reason } from '../../shared/contracts/reasons.js';
import { sentText } from '../../shared/contracts/sent-text.js';
import { withTraceparent } from '../../shared/contracts/traceparent.js';
import type { JsonValue } from '../../shared/domain/json.js';
import type { Clock } from '../../shared/ports/clock.js';
import type {
  IngestMessage,
  IngestStream,
  IngestTurn,
  ParkedEvent,
  ParkingCode,
} from '../../shared/ports/ingest-stream.js';
import type { Logger } from '../../shared/ports/logger.js';
import { MessageRoom } from './message-room.js';
import { TaskLanes } from './task-lanes.js';

/** How the intake is made. */
export interface StreamIntakeDeps {
  stream: IngestStream;
  ingest: Pick<EventIngest, 'ingest' | 'taskIdOfKey'>;
  clock: Clock;
  logger: Logger;
  /** Default `UNKNOWN_TASK_PATIENCE_MS`. */
  unknownTaskPatienceMs?: number;
  /** Default `BROKEN_TASK_PATIENCE_MS`. */
  brokenTaskPatienceMs?: number;
}

/** How the intake is doing. */
export interface StreamIntakeStatus {
  /** Whether it is this process's turn; else another works, or the stream is away. */
  working: boolean;
  /** How many messages are in hand. */
  inHand: number;
  /** How many events were parked since the start. */
  parked: number;
  /** Why it stands still, while it does. */
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

/** How often it is said again that events wait. */
const SAY_AGAIN_MS = 10_000;

/** How many events a message may hold: more than fit into one of 1 MiB, unless they are no events. */
const MESSAGE_EVENTS_MAX = 10_000;

const FIRST_DELAY_MS = 50;
const DELAY_MS_MAX = 2_000;

/**
 * Takes the events that publishers have left in the stream into the ledger: many tasks side by side, each task in the
 * stream's order. A message is acknowledged when all of its events are on disk in the ledger, as evidence, or parked; one
 * that was not comes again, and what of it was appended is then a duplicate. While the ledger is away everything waits.
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

class IntakeRun {
  private working = false;
  private parked = 0;
  private lastError: string | undefined;
  private saidMs = -SAY_AGAIN_MS;
  private readonly room = new MessageRoom();

  constructor(
    private readonly deps: StreamIntakeDeps,
    private readonly signal: AbortSignal,
  ) {}

  status(): StreamIntakeStatus {
    const { working, parked, lastError, room } = this;
    return { working, parked, inHand: room.messages, ...(lastError !== undefined && { lastError }) };
  }

  async untilStopped(): Promise<void> {
    let delayMs = FIRST_DELAY_MS;
    while (!this.signal.aborted) {
      try {
        const turn = await this.deps.stream.takeTurn(this.signal);
        delayMs = FIRST_DELAY_MS;
        await this.work(turn);
      } catch (error) {
        if (this.signal.aborted) return;
        this.lastError = error instanceof Error ? error.message : String(error);
        const code = error instanceof TaskledgerError ? error.code : undefined;
        this.deps.logger.warn({ code, retryDelayMs: delayMs }, `The intake stands still: ${this.lastError}`);
        await delay(delayMs, undefined, { signal: this.signal }).catch(() => undefined);
        delayMs = Math.min(delayMs * 2, DELAY_MS_MAX);
        // It stands by, or works, unless the next try says otherwise.
        this.lastError = undefined;
      }
    }
  }

  /** Says that events wait, and why, but not for each of them. */
  private waits(reason: string): void {
    this.lastError = reason;
    const nowMs = performance.now();
    if (nowMs - this.saidMs < SAY_AGAIN_MS) return;
    this.saidMs = nowMs;
    this.deps.logger.warn({ inHand: this.room.messages }, `Events from the stream wait: ${reason}`);
  }

  private async work(turn: IngestTurn): Promise<void> {
    const { clock, ingest, unknownTaskPatienceMs, brokenTaskPatienceMs } = this.deps;
    const ended = new AbortController();
    const over = AbortSignal.any([this.signal, ended.signal, turn.lost]);
    // Every lane that waits listens.
    setMaxListeners(0, over);
    const lanes = new TaskLanes({
      ingest,
      clock,
      turns: new WeightedTurns(TRIES_AT_ONCE_MAX),
      unknownTaskPatienceMs: unknownTaskPatienceMs ?? UNKNOWN_TASK_PATIENCE_MS,
      brokenTaskPatienceMs: brokenTaskPatienceMs ?? BROKEN_TASK_PATIENCE_MS,
      over,
      onWaiting: (reason) => this.waits(reason),
    });
    this.working = true;
    this.lastError = undefined;
    try {
      for await (const message of turn.messages(this.signal)) {
        await this.take(turn, message, lanes, over);
        await this.room.available(over);
      }
    } finally {
      this.working = false;
      ended.abort();
      await lanes.settled();
      this.room.clear();
      await turn.end();
    }
  }

  /** Puts the events of a message into the lanes of their tasks. */
  private async take(
    turn: IngestTurn,
    message: IngestMessage,
    lanes: TaskLanes,
    over: AbortSignal,
  ): Promise<void> {
    const leave = this.room.enter(message.body.length);
    const park = async (parked: ParkedEvent, index: number): Promise<void> => {
      await turn.park(message, parked, index);
      this.parked++;
      const { code, reason } = parked;
      const { sequence, subject } = message;
      this.deps.logger.warn({ code, reason, sequence, subject }, `Parked: ${parked.message}`);
    };
    const acknowledge = (): void => {
      message.ack();
      leave();
      // Something goes on; what still waits says so again.
      this.lastError = undefined;
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
      if (!over.aborted) acknowledge();
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
        publishedAtMs: message.publishedAtMs,
        done,
        park: async (code: ParkingCode, reason: Reason, text: string) => {
          await park({ code, reason, message: text, body }, index);
          done();
        },
      };
      await untilDone(() => lanes.push(event), over);
    }
  }
}

/** Tries again, later each time, while something is away. */
async function untilDone(task: () => Promise<void>, over: AbortSignal): Promise<void> {
  for (let delayMs = FIRST_DELAY_MS; !over.aborted; delayMs = Math.min(delayMs * 2, DELAY_MS_MAX)) {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      await delay(delayMs, undefined, { signal: over }).catch(() => undefined);
    }
  }
}

/** An event of a list, as it is parked. */
function textOfEvent(event: JsonValue | RefusedJson): string {
  return event instanceof RefusedJson ? event.text : JSON.stringify(event);
}

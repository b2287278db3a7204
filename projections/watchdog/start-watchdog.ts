import { setTimeout as delay } from 'node:timers/promises';
import { OWN_PRINCIPAL } from '../../shared/core/application/silence-recorder.js';
import { UNCHECKED, type Caller } from '../../shared/core/contracts/caller.js';
import { InvalidRequestError, UnavailableError } from '../../shared/core/contracts/errors.js';
import { heardHeartbeats } from '../../shared/core/contracts/heartbeats.js';
import { SILENCES_MAX, type Silence, type SilencesReply } from '../../shared/core/contracts/silences.js';
import { HEARTBEATS_SUBJECT, SILENCES_SUBJECT } from '../../shared/core/contracts/subjects.js';
import type { Broadcast, Listener, Listening } from '../../shared/core/ports/broadcast.js';
import type { Clock } from '../../shared/core/ports/clock.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { MessageBus } from '../../shared/core/ports/message-bus.js';
import type { ProjectorProgress } from '../../shared/core/ports/projector-status.js';
import { followLedger, type LedgerFollower } from '../engine/follow-ledger.js';
import type { Work } from '../engine/run-under-lease.js';
import type { RunningTasksDeps } from './running-tasks.js';
import { WatchWork } from './watch-work.js';
import { WatchedTasks, type WatchedTask } from './watched-tasks.js';

/** How often it is looked whether something is due, in milliseconds. */
const TICK_MS = 250;

/**
 * A process that looks so much later than it should was not at work: who wanted to tell it something has given up by then. What is
 * told in a shorter pause waits, and is heard right after it.
 */
const LATE_MS_MAX = 5_000;

/** How long recording may take, in milliseconds. What is not known then is asked for again. */
const RECORD_MS_MAX = 3_000;

/** Who asks for it: the ledger's own. */
const CALLER: Caller = { principal: OWN_PRINCIPAL, authenticatedBy: UNCHECKED, rights: ['publish'] };

export interface WatchdogOptions extends RunningTasksDeps {
  store: EventStore;
  bus: Pick<MessageBus & Broadcast, 'request' | 'listen'>;
  clock: Clock;
  logger: Logger;
  /** A clock that only goes forward, whatever is done to the time of day; in milliseconds. */
  nowMs?: () => number;
  tasksMax?: number;
}

/** How a watchdog is doing. */
export interface WatchdogStatus extends ProjectorProgress {
  /** How many tasks it watches, how many of them are silent, and whether there is no room for others. */
  tasks: number;
  silentTasks: number;
  isFull: boolean;
  /** Whether it hears heartbeats. */
  hears: boolean;
  /** How many it has heard of tasks that it watches, and of others. */
  heartbeats: number;
  unknownHeartbeats: number;
}

/** Something that watches, and has recorded what it finds while it is told to. */
export interface Watchdog {
  status(): WatchdogStatus;
  /** Has recorded what it finds, until the work is stopped. */
  record(): Work;
  /** Idempotent. */
  stop(): Promise<void>;
}

/**
 * Watches the tasks whose publishers have promised to be heard of. It follows the ledger and hears all heartbeats, so that it
 * knows as much as any other one and can take over at any time. Nobody is taken for silent before a whole promise has passed in
 * which it has heard all that was told.
 */
export async function startWatchdog(options: WatchdogOptions): Promise<Watchdog> {
  const watchdog = new RunningWatchdog(options);
  await watchdog.start();
  return watchdog;
}

class RunningWatchdog implements Watchdog, Listener {
  private readonly nowMs: () => number;
  private readonly watched: WatchedTasks;
  private readonly stopping = new AbortController();
  private readonly work: WatchWork;
  private follower: LedgerFollower | undefined;
  private listening: Listening | undefined;
  private ticking: Promise<void> | undefined;
  private recorders = 0;
  private recording: Promise<void> = Promise.resolve();
  /** An end of the ledger, and when it was asked for: once all up to it is known, so is all that was recorded until then. */
  private end: { position: string | undefined; askedMs: number } | undefined;
  private lastError: string | undefined;
  private heartbeats = 0;
  private unknownHeartbeats = 0;

  constructor(private readonly options: WatchdogOptions) {
    this.nowMs = options.nowMs ?? (() => performance.now());
    this.watched = new WatchedTasks(options.tasksMax);
    const { watched, nowMs } = this;
    this.work = new WatchWork({ ...options, watched, nowMs }, this.stopping.signal);
  }

  async start(): Promise<void> {
    const { store, clock, logger, bus } = this.options;
    this.listening = await bus.listen(HEARTBEATS_SUBJECT, this);
    this.watched.interrupted(this.nowMs());
    this.follower = followLedger({ store, work: this.work, clock, logger });
    this.ticking = this.tickUntilStopped();
  }

  status(): WatchdogStatus {
    const { watched, heartbeats, unknownHeartbeats, lastError } = this;
    const progress = (this.follower as LedgerFollower).status();
    return {
      ...progress,
      tasks: watched.count,
      silentTasks: watched.silentCount,
      isFull: watched.isFull,
      hears: this.listening?.hears() === true,
      heartbeats,
      unknownHeartbeats,
      ...(lastError !== undefined && progress.lastError === undefined && { lastError }),
    };
  }

  record(): Work {
    this.recorders++;
    let stopped = false;
    return {
      stop: async () => {
        if (!stopped) this.recorders--;
        stopped = true;
        await this.recording;
      },
    };
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ticking;
    await this.recording;
    await Promise.all([this.follower?.stop(), this.listening?.stop()]);
  }

  heard(data: unknown, caller: Caller): void {
    const moment = { nowMs: this.nowMs(), atMs: this.options.clock.nowMs() };
    try {
      for (const name of heardHeartbeats(data, caller).tasks) {
        if (this.watched.heard(name, moment)) this.heartbeats++;
        else this.unknownHeartbeats++;
      }
    } catch (error) {
      if (!(error instanceof InvalidRequestError)) throw error;
      this.unreadable(error.message);
    }
  }

  unreadable(reason: string): void {
    this.options.logger.warn({ event: 'heartbeat_refused', reason }, 'A heartbeat over NATS is not taken');
  }

  missed(): void {
    this.watched.interrupted(this.nowMs());
  }

  private async tickUntilStopped(): Promise<void> {
    const { signal } = this.stopping;
    let recording = false;
    let lastMs = this.nowMs();
    while (!signal.aborted) {
      await delay(TICK_MS, undefined, { signal }).catch(() => undefined);
      const nowMs = this.nowMs();
      const lateMs = nowMs - lastMs - TICK_MS;
      lastMs = nowMs;
      if (lateMs > LATE_MS_MAX || this.listening?.hears() !== true) this.missed();
      // The ticks go on while something is recorded, so that nothing that is missed then goes unnoticed.
      if (lateMs > TICK_MS || recording || signal.aborted || this.recorders === 0) continue;
      recording = true;
      this.recording = this.recordDue().finally(() => (recording = false));
    }
  }

  private async recordDue(): Promise<void> {
    try {
      while (this.recorders > 0 && (await this.recordSome()));
      this.lastError = undefined;
    } catch (error) {
      if (!(error instanceof UnavailableError)) {
        this.options.logger.error({ event: 'watchdog_stalled', err: error }, 'The watchdog has failed');
      } else if (!this.stopping.signal.aborted) {
        const reason = error.message;
        const message = 'What tasks are silent can not be recorded for now; it is tried again';
        this.options.logger.warn({ event: 'watchdog_stalled', reason }, message);
      }
      this.lastError = error instanceof Error ? error.message : String(error);
    }
  }

  /** Answers whether there may be more. */
  private async recordSome(): Promise<boolean> {
    const { store, bus, clock } = this.options;
    const { watched, work } = this;
    if (!watched.hasDue(this.nowMs())) return false;
    const askedMs = this.nowMs();
    this.end ??= { position: await store.lastPosition(), askedMs };
    const { end } = this;
    const isKnown =
      end.position === undefined || (work.knownTo !== undefined && work.knownTo >= end.position);
    // Where the running tasks are to be found anew, it may be another ledger's end.
    if (isKnown || work.knownTo === undefined) this.end = undefined;
    if (!isKnown) return false;
    const due = watched.takeDue(end.askedMs, SILENCES_MAX);
    if (due.length === 0) return false;
    await this.listening?.upToDate();
    const silences: Silence[] = [];
    const asked: WatchedTask[] = [];
    for (const task of due) {
      const silence = watched.silenceOf(task, this.nowMs());
      if (silence === undefined) continue;
      silences.push(silence);
      asked.push(task);
    }
    if (silences.length === 0 || this.recorders === 0) return true;
    const context = { ...CALLER, deadlineMs: clock.nowMs() + RECORD_MS_MAX };
    const reply = (await bus.request(SILENCES_SUBJECT, { silences }, context)) as Partial<SilencesReply>;
    if (reply.outcomes === undefined) throw new UnavailableError('The command service has refused it');
    reply.outcomes.forEach((outcome, at) => {
      if (outcome === 'refused') watched.forget(asked[at] as WatchedTask);
    });
    return due.length === SILENCES_MAX;
  }
}

import type { EventStore } from '../../../shared/core/ports/event-store.js';
import type { MessageBus } from '../../../shared/core/ports/message-bus.js';
import type { ProjectorProgress, ProjectorStatus } from '../../../shared/core/ports/projector-status.js';
import type { ReadModel } from '../../../shared/core/ports/read-model.js';

/** How one part of the process is: whether it works and, if not, why; and what else is worth seeing. */
export interface HealthPart {
  ok: boolean;
  error?: string;
  [detail: string]: unknown;
}

/** Finds out how one part is. One that throws, or takes too long, is not well. */
export type HealthCheck = () => HealthPart | Promise<HealthPart>;

/** The parts that `/health/ready` looks at, by name. */
export type HealthChecks = Record<string, HealthCheck>;

/** Whether the ledger answers, and lets this process write where it does. */
export function ledgerCheck(store: Pick<EventStore, 'lastPosition' | 'appendsDenied'>): HealthCheck {
  return async () => {
    await store.lastPosition();
    const error = store.appendsDenied?.();
    return error === undefined ? { ok: true } : { ok: false, error };
  };
}

/** Whether the read model answers. */
export function readModelCheck(readModel: Pick<ReadModel, 'list'>): HealthCheck {
  return async () => {
    await readModel.list({}, 1);
    return { ok: true };
  };
}

/** Whether requests get through to somebody. */
export function busCheck(bus: Pick<MessageBus, 'ready'>): HealthCheck {
  return () => ({ ok: bus.ready() });
}

/**
 * Whether a projector (or a feed) has come to the ledger's end and goes on. Parked streams and lag are shown and don't make
 * it unready: the other tasks are served. While everything is built from nothing, nothing is.
 *
 * @param lagEvents How many events it has not taken in yet, where that can be counted.
 */
export function projectorCheck(
  projector: ProjectorStatus,
  lagEvents: () => Promise<number | undefined> = async () => undefined,
): HealthCheck {
  return async () => {
    const { position, lagMs, caughtUp, rebuilding, parkedStreams, lastError } = projector.status();
    return {
      ok: caughtUp && rebuilding !== true && lastError === undefined,
      position: position ?? null,
      lag_ms: Math.round(lagMs),
      lag_events: await lagEvents().catch(() => undefined),
      caught_up: caughtUp,
      rebuilding,
      parked_streams: parkedStreams,
      error: lastError,
    };
  };
}

/**
 * Whether a watchdog knows the running tasks and hears of them. One that stands by knows as much as the one that records.
 *
 * @param isStandby Whether another process records.
 */
export function watchdogCheck(
  watchdog: { status(): ProjectorProgress & WatchdogFigures },
  isStandby: () => boolean,
): HealthCheck {
  const check = projectorCheck(watchdog);
  return async () => {
    const { tasks, silentTasks, isFull, hears } = watchdog.status();
    const part = await check();
    return {
      ...part,
      ok: part.ok && hears,
      standby: isStandby() || undefined,
      hears,
      tasks,
      silent_tasks: silentTasks,
      full: isFull || undefined,
    };
  };
}

/** What a watchdog says of itself. */
interface WatchdogFigures {
  tasks: number;
  silentTasks: number;
  isFull: boolean;
  hears: boolean;
}

/**
 * Whether the counts, or the series, go on. They may be behind: their answers say how far, and everything else is served. While they are
 * built from nothing, as they are at first on a ledger that has been there for long, they are not answered from.
 *
 * @param lagEvents As for `projectorCheck`.
 */
export function statsCheck(...[stats, lagEvents]: Parameters<typeof projectorCheck>): HealthCheck {
  const check = projectorCheck(stats, lagEvents);
  return async () => {
    const part = await check();
    return { ...part, ok: part.error === undefined && part.rebuilding !== true };
  };
}

/**
 * Whether the versions go on. They may be behind, or be built from nothing as they are at first on a ledger that has been there for
 * long: then what is asked for as of a moment waits, or is refused, and everything else is served.
 *
 * @param lagEvents As for `projectorCheck`.
 */
export function versionsCheck(...[versions, lagEvents]: Parameters<typeof projectorCheck>): HealthCheck {
  const check = projectorCheck(versions, lagEvents);
  return async () => {
    const part = await check();
    return { ...part, ok: part.error === undefined };
  };
}

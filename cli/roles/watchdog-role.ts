import { runUnderLease } from '../../projections/engine/run-under-lease.js';
import { startWatchdog } from '../../projections/watchdog/start-watchdog.js';
import { watchdogCheck } from '../../services/query/health/health-checks.js';
import type { Broadcast } from '../../shared/core/ports/broadcast.js';
import type { MessageBus } from '../../shared/core/ports/message-bus.js';
import { watchWatchdog } from '../../shared/runtime/observability/watch-watchdog.js';
import { openNatsLeases } from '../engines.js';
import type { Process } from './process.js';
import type { ProjectionEngines, ProjectorStatuses } from './projections.js';

/** What the watchdog works with. */
export interface WatchdogParts {
  engines: ProjectionEngines;
  projectors: ProjectorStatuses;
  bus: MessageBus & Broadcast;
}

/**
 * Starts the watchdog. Where there may be several, all of them watch and hear, and one of them, under a lease, has recorded what
 * it finds.
 */
export async function startWatchdogRole(
  { deps, clock, checks, metrics }: Process,
  { engines: { store, readModel, shared }, projectors, bus }: WatchdogParts,
): Promise<void> {
  const { lifecycle, logger, settings } = deps;
  const { nats } = settings;
  const lists = projectors.tasks;
  const opened = nats === undefined ? undefined : metrics.leases.watched(await openNatsLeases(deps, nats));
  const leases = opened ?? shared?.leases;
  const watchdog = await startWatchdog({ store, readModel, lists, bus, clock, logger });
  lifecycle.started('watchdog', () => watchdog.stop());
  const start = () => watchdog.record();
  const work = leases === undefined ? undefined : runUnderLease({ leases, name: 'watchdog', start, logger });
  const alone = work === undefined ? start() : undefined;
  lifecycle.started('watchdog records', async () => {
    await work?.stop();
    await alone?.stop();
  });
  const isStandby = (): boolean => alone === undefined && work?.current() === undefined;
  checks.watchdog = watchdogCheck(watchdog, isStandby);
  watchWatchdog(metrics, watchdog);
}

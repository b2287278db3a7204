import { setTimeout as delay } from 'node:timers/promises';
import type { Leases } from '../../shared/core/ports/lease.js';
import type { ProjectorHeartbeats, ProjectorStatus } from '../../shared/core/ports/projector-status.js';
import { runUnderLease } from './run-under-lease.js';
import { startProjector, type Projector, type ProjectorOptions } from './start-projector.js';
import { HEARTBEAT_DELAY_MS, storedProjectorStatus } from './stored-projector-status.js';

/** How often it is looked whether a projector has begun. */
const BEGIN_DELAY_MS = 50;

/** A projector, wherever it works. */
export type LeasedProjector = ProjectorStatus & Pick<Projector, 'stop'>;

export interface LeasedProjectorOptions<Change> extends Omit<ProjectorOptions<Change>, 'epoch'> {
  leases: Leases;
  heartbeats: ProjectorHeartbeats;
}

/**
 * A projector that works in one process at a time, and stands by in the others: its status is its own while it works, and
 * otherwise what the one that works last said of itself. One that takes over says nothing before it knows where to go on:
 * what is served is none the worse for it.
 */
export function startLeasedProjector<Change>(options: LeasedProjectorOptions<Change>): LeasedProjector {
  const { leases, heartbeats, projection, clock, logger } = options;
  const elsewhere = storedProjectorStatus({ heartbeats, projection: projection.name, clock });
  const work = runUnderLease({
    leases,
    name: `projector ${projection.name}`,
    start: (epoch, superseded) => withHeartbeat(startProjector({ ...options, epoch, superseded }), options),
    logger,
  });
  return {
    status() {
      const own = work.current();
      if (own?.hasBegun() === true) return own.status();
      const { lastError } = own?.status() ?? {};
      return { ...elsewhere.status(), ...(lastError !== undefined && { lastError }) };
    },
    async stop() {
      await Promise.all([work.stop(), elsewhere.stop()]);
    },
  };
}

/** Leaves word of a projector once a second, from when it has begun until it is stopped. */
function withHeartbeat<Change>(
  projector: Projector,
  { heartbeats, projection, clock, logger }: LeasedProjectorOptions<Change>,
): Projector {
  const stopping = new AbortController();
  const untilStopped = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const { rebuilding: _, ...progress } = projector.status();
        const heartbeat = { ...progress, atMs: clock.nowMs() };
        if (projector.hasBegun()) await heartbeats.writeHeartbeat(projection.name, heartbeat);
      } catch (error) {
        logger.debug({ event: 'heartbeat_not_written', err: error }, 'A heartbeat could not be written');
      }
      const delayMs = projector.hasBegun() ? HEARTBEAT_DELAY_MS : BEGIN_DELAY_MS;
      await delay(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = untilStopped();
  return {
    ...projector,
    async stop() {
      stopping.abort();
      await Promise.all([projector.stop(), running]);
    },
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Leases } from '../../shared/ports/lease.js';
import type { ProjectorHeartbeats } from '../../shared/ports/projector-status.js';
import { runUnderLease } from './run-under-lease.js';
import { startProjector, type Projector, type ProjectorOptions } from './start-projector.js';
import { HEARTBEAT_DELAY_MS, storedProjectorStatus } from './stored-projector-status.js';

export interface LeasedProjectorOptions<Change> extends Omit<ProjectorOptions<Change>, 'epoch'> {
  leases: Leases;
  heartbeats: ProjectorHeartbeats;
}

/**
 * A projector that works in one process at a time, and stands by in the others: its status is its own while it works, and
 * otherwise what the one that works last said of itself.
 */
export function startLeasedProjector<Change>(options: LeasedProjectorOptions<Change>): Projector {
  const { leases, heartbeats, projection, clock, logger } = options;
  const elsewhere = storedProjectorStatus({ heartbeats, projection: projection.name, clock });
  const work = runUnderLease({
    leases,
    name: `projector ${projection.name}`,
    start: (epoch) => withHeartbeat(startProjector({ ...options, epoch }), options),
    logger,
  });
  return {
    status: () => (work.current() ?? elsewhere).status(),
    async stop() {
      await Promise.all([work.stop(), elsewhere.stop()]);
    },
  };
}

/** Leaves word of a projector once a second, as long as it is not stopped. */
function withHeartbeat<Change>(
  projector: Projector,
  { heartbeats, projection, clock, logger }: LeasedProjectorOptions<Change>,
): Projector {
  const stopping = new AbortController();
  const untilStopped = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const heartbeat = { ...projector.status(), atMs: clock.nowMs() };
        await heartbeats.writeHeartbeat(projection.name, heartbeat);
      } catch (error) {
        logger.debug({ err: error }, 'A heartbeat could not be written');
      }
      await delay(HEARTBEAT_DELAY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = untilStopped();
  return {
    status: () => projector.status(),
    async stop() {
      stopping.abort();
      await Promise.all([projector.stop(), running]);
    },
  };
}

import { runUnderLease } from '../projections/engine/run-under-lease.js';
import { startLeasedProjector } from '../projections/engine/start-leased-projector.js';
import { startProjector, type Projector } from '../projections/engine/start-projector.js';
import { storedProjectorStatus } from '../projections/engine/stored-projector-status.js';
import { startFeed } from '../projections/feed/start-feed.js';
import { tasksProjection } from '../projections/tasks/tasks-projection.js';
import type { Clock } from '../shared/ports/clock.js';
import type { EventStore } from '../shared/ports/event-store.js';
import type { FeedOutlet } from '../shared/ports/feed.js';
import type { ReadModel } from '../shared/ports/read-model.js';
import type { EngineDeps, SharedReadModel } from './engines.js';

/** What the projections of a process work on. */
export interface ProjectionEngines {
  store: EventStore;
  readModel: ReadModel;
  /** Where several processes share the read model: one works, and the others stand by. */
  shared: SharedReadModel | undefined;
  clock: Clock;
}

/** Starts the projector: alone on a read model of its own, under a lease on one that is shared. */
export function runProjector({ lifecycle, logger }: EngineDeps, engines: ProjectionEngines): Projector {
  const { shared } = engines;
  const options = { ...engines, projection: tasksProjection, logger };
  const projector =
    shared === undefined ? startProjector(options) : startLeasedProjector({ ...options, ...shared });
  lifecycle.started('projector', () => projector.stop());
  return projector;
}

/** Follows what the projector in another process says of itself. */
export function watchProjector({ lifecycle }: EngineDeps, engines: ProjectionEngines): Projector {
  const { shared, clock } = engines;
  if (shared === undefined) throw new Error('A read model of its own has its projector in the same process');
  const watched = storedProjectorStatus({
    heartbeats: shared.heartbeats,
    projection: tasksProjection.name,
    clock,
  });
  lifecycle.started('projector watch', () => watched.stop());
  return watched;
}

/** Starts the feed: under a lease where the read model has one, so that standby feeds do not read for nothing. */
export function runFeed(
  { lifecycle, logger }: EngineDeps,
  { store, shared, clock }: ProjectionEngines,
  outlet: FeedOutlet,
): { status(): FeedStatus } {
  const start = (): ReturnType<typeof startFeed> => startFeed({ store, outlet, clock, logger });
  if (shared === undefined) {
    const feed = start();
    lifecycle.started('feed', () => feed.stop());
    return { status: () => feed.status() };
  }
  const work = runUnderLease({ leases: shared.leases, name: 'feed', start, logger });
  lifecycle.started('feed', () => work.stop());
  return { status: () => work.current()?.status() };
}

/** How the feed is doing; `undefined` while another process works. */
export type FeedStatus = ReturnType<ReturnType<typeof startFeed>['status']> | undefined;

import { runUnderLease } from '../projections/engine/run-under-lease.js';
import { startLeasedProjector } from '../projections/engine/start-leased-projector.js';
import { startProjector, type Projector } from '../projections/engine/start-projector.js';
import type { Projection } from '../projections/engine/projection.js';
import type { RebuildOptions } from '../projections/engine/rebuild.js';
import { storedProjectorStatus } from '../projections/engine/stored-projector-status.js';
import { startFeed } from '../projections/feed/start-feed.js';
import { statsProjection } from '../projections/stats/stats-projection.js';
import { tasksProjection } from '../projections/tasks/tasks-projection.js';
import type { Clock } from '../shared/ports/clock.js';
import type { EventStore } from '../shared/ports/event-store.js';
import type { FeedOutlet } from '../shared/ports/feed.js';
import type { Logger } from '../shared/ports/logger.js';
import type { ProjectorStatus } from '../shared/ports/projector-status.js';
import type { ProjectionTarget, ReadModel, RebuildableReadModel } from '../shared/ports/read-model.js';
import type { TaskCounters } from '../shared/ports/task-counters.js';
import type { EngineDeps, SharedReadModel } from './engines.js';

/** What the projections of a process work on. */
export interface ProjectionEngines {
  store: EventStore;
  readModel: ReadModel;
  counters: TaskCounters;
  /** Where several processes share the read model: one works, and the others stand by. */
  shared: SharedReadModel | undefined;
  clock: Clock;
}

/** How the projectors are doing, wherever they work. */
export interface ProjectorStatuses {
  tasks: ProjectorStatus;
  stats: ProjectorStatus;
}

/** Starts the projectors: alone on a read model of its own, under leases on one that is shared. */
export function runProjectors(deps: EngineDeps, engines: ProjectionEngines): ProjectorStatuses {
  const { readModel, counters } = engines;
  return {
    tasks: runProjector(deps, engines, tasksProjection, readModel),
    stats: runProjector(deps, engines, statsProjection, counters),
  };
}

/** Starts one projector. */
export function runProjector<Change>(
  { lifecycle, logger }: EngineDeps,
  { store, clock, shared }: ProjectionEngines,
  projection: Projection<Change>,
  target: ProjectionTarget<Change>,
): ProjectorStatus {
  const options = { store, clock, projection, target, logger };
  const projector: Projector =
    shared === undefined ? startProjector(options) : startLeasedProjector({ ...options, ...shared });
  lifecycle.started(`projector ${projection.name}`, () => projector.stop());
  return projector;
}

/** Follows what the projectors in another process say of themselves. */
export function watchProjectors({ lifecycle }: EngineDeps, engines: ProjectionEngines): ProjectorStatuses {
  const { shared, clock } = engines;
  if (shared === undefined) throw new Error('A read model of its own has its projectors in the same process');
  const { heartbeats } = shared;
  const watch = ({ name }: { name: string }): ProjectorStatus => {
    const watched = storedProjectorStatus({ heartbeats, projection: name, clock });
    lifecycle.started(`projector watch ${name}`, () => watched.stop());
    return watched;
  };
  return { tasks: watch(tasksProjection), stats: watch(statsProjection) };
}

/** Has every projection fill a copy of a read model. */
export function fillCopy(
  engines: { store: EventStore; clock: Clock; logger: Logger },
  readModel: RebuildableReadModel,
): RebuildOptions['start'] {
  const { counters } = readModel;
  return (copy) => [
    {
      projector: startProjector({ ...engines, projection: tasksProjection, target: copy }),
      served: () => readModel.checkpoint(tasksProjection.name),
    },
    {
      projector: startProjector({ ...engines, projection: statsProjection, target: copy.counters }),
      served: () => counters.checkpoint(statsProjection.name),
    },
  ];
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

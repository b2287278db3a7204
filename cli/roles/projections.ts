import { startLedgerMatch, type LedgerMatch } from '../../projections/engine/ledger-match.js';
import type { Projection } from '../../projections/engine/projection.js';
import type { RebuildOptions } from '../../projections/engine/rebuild-read-model.js';
import { startLeasedProjector } from '../../projections/engine/start-leased-projector.js';
import { startProjector } from '../../projections/engine/start-projector.js';
import { storedProjectorStatus } from '../../projections/engine/stored-projector-status.js';
import { KeptDays } from '../../projections/engine/kept-days.js';
import { seriesProjection } from '../../projections/series/series-projection.js';
import { versionsProjection } from '../../projections/versions/versions-projection.js';
import { statsProjection } from '../../projections/stats/stats-projection.js';
import { tasksProjection } from '../../projections/tasks/tasks-projection.js';
import type { Clock } from '../../shared/core/ports/clock.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { ProjectorStatus } from '../../shared/core/ports/projector-status.js';
import type { ProjectionTarget, ReadModel } from '../../shared/core/ports/read-model.js';
import type { RebuildableReadModel } from '../../shared/core/ports/rebuildable-read-model.js';
import type { TaskCounters } from '../../shared/core/ports/task-counters.js';
import type { TaskSeries } from '../../shared/core/ports/task-series.js';
import type { TaskVersions } from '../../shared/core/ports/task-versions.js';
import type { Settings } from '../../shared/runtime/settings.js';
import type { EngineDeps, SharedReadModel } from '../engines.js';

/** What the projections of a process work on. */
export interface ProjectionEngines {
  store: EventStore;
  readModel: ReadModel;
  counters: TaskCounters;
  series: TaskSeries;
  versions: TaskVersions;
  /** Where several processes share the read model: one works, and the others stand by. */
  shared: SharedReadModel | undefined;
  clock: Clock;
}

/** How the projectors are doing, wherever they work. */
export interface ProjectorStatuses {
  tasks: ProjectorStatus;
  stats: ProjectorStatus;
  series: ProjectorStatus;
  /** Absent where none are kept. */
  versions: ProjectorStatus | undefined;
}

/** Starts the projectors: alone on a read model of its own, under leases on one that is shared. */
export function runProjectors(deps: EngineDeps, engines: ProjectionEngines): ProjectorStatuses {
  const { readModel, counters, series, versions, clock } = engines;
  const { seriesKeepDays, versionsKeepDays } = deps.settings;
  return {
    tasks: runProjector(deps, engines, tasksProjection, readModel),
    stats: runProjector(deps, engines, statsProjection, counters),
    series: runProjector(deps, engines, seriesProjection, new KeptDays(series, seriesKeepDays, clock)),
    versions:
      versionsKeepDays === 0
        ? undefined
        : runProjector(deps, engines, versionsProjection, new KeptDays(versions, versionsKeepDays, clock)),
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
  const projector =
    shared === undefined ? startProjector(options) : startLeasedProjector({ ...options, ...shared });
  lifecycle.started(`projector ${projection.name}`, () => projector.stop());
  return projector;
}

/** Follows what the projectors in another process say of themselves. */
export function watchProjectors(
  { lifecycle, settings }: EngineDeps,
  engines: ProjectionEngines,
): ProjectorStatuses {
  const { shared, clock } = engines;
  if (shared === undefined) throw new Error('A read model of its own has its projectors in the same process');
  const { heartbeats } = shared;
  const watch = ({ name }: { name: string }): ProjectorStatus => {
    const watched = storedProjectorStatus({ heartbeats, projection: name, clock });
    lifecycle.started(`projector watch ${name}`, () => watched.stop());
    return watched;
  };
  return {
    tasks: watch(tasksProjection),
    stats: watch(statsProjection),
    series: watch(seriesProjection),
    versions: settings.versionsKeepDays === 0 ? undefined : watch(versionsProjection),
  };
}

/** Whether what each projection has made is of this ledger, and whole. */
export type LedgerMatches = Record<Exclude<keyof ProjectorStatuses, 'versions'>, LedgerMatch> & {
  versions: LedgerMatch | undefined;
};

/**
 * Looks whether what is served was made from this ledger; `undefined` for a read model of its own, which is looked at by its
 * projectors alone.
 */
export function matchLedger(
  { lifecycle, logger, settings }: EngineDeps,
  { store, shared }: ProjectionEngines,
): LedgerMatches | undefined {
  if (shared === undefined) return undefined;
  const { served } = shared;
  const start = ({ name: projection }: { name: string }): LedgerMatch => {
    const match = startLedgerMatch({ store, served, projection, logger });
    lifecycle.started(`ledger match ${projection}`, () => match.stop());
    return match;
  };
  return {
    tasks: start(tasksProjection),
    stats: start(statsProjection),
    series: start(seriesProjection),
    versions: settings.versionsKeepDays === 0 ? undefined : start(versionsProjection),
  };
}

/** What a copy is filled from, and how far back what is kept of the past goes. */
export interface CopyFilling extends Pick<Settings, 'seriesKeepDays' | 'versionsKeepDays'> {
  store: EventStore;
  clock: Clock;
  logger: Logger;
}

/** Has every projection fill a copy of a read model. */
export function fillCopy(
  { seriesKeepDays, versionsKeepDays, ...engines }: CopyFilling,
  readModel: RebuildableReadModel,
): RebuildOptions['start'] {
  const { counters, series, versions } = readModel;
  return (copy) => [
    {
      projector: startProjector({ ...engines, projection: tasksProjection, target: copy }),
      served: () => readModel.checkpoint(tasksProjection.name),
    },
    {
      projector: startProjector({ ...engines, projection: statsProjection, target: copy.counters }),
      served: () => counters.checkpoint(statsProjection.name),
    },
    {
      projector: startProjector({
        ...engines,
        projection: seriesProjection,
        target: new KeptDays(copy.series, seriesKeepDays, engines.clock),
      }),
      served: () => series.checkpoint(seriesProjection.name),
    },
    ...(versionsKeepDays === 0
      ? []
      : [
          {
            projector: startProjector({
              ...engines,
              projection: versionsProjection,
              target: new KeptDays(copy.versions, versionsKeepDays, engines.clock),
            }),
            served: () => versions.checkpoint(versionsProjection.name),
          },
        ]),
  ];
}

import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { refreshTask } from '../../projections/tasks/refresh-task.js';
import { tasksProjection } from '../../projections/tasks/tasks-projection.js';
import { HeardTasks } from '../../services/query/events/heard-tasks.js';
import type { HttpService } from '../../services/query/http/http-service.js';
import { createQueryService } from '../../services/query/query-service.js';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { taskIdOfStream } from '../../shared/core/application/streams.js';
import { HEARTBEATS_SUBJECT } from '../../shared/core/contracts/subjects.js';
import type { Broadcast } from '../../shared/core/ports/broadcast.js';
import type { MessageBus } from '../../shared/core/ports/message-bus.js';
import type { Process } from './process.js';
import type { LedgerMatches, ProjectionEngines, ProjectorStatuses } from './projections.js';

/** The built page, beside the built program. */
const DASHBOARD_FOLDER = fileURLToPath(new URL('../../dashboard/', import.meta.url));

/** What the API is made of. */
export interface QueryParts {
  engines: ProjectionEngines;
  projectors: ProjectorStatuses;
  match: LedgerMatches | undefined;
  bus: MessageBus & Broadcast;
}

/** Makes the service that answers the API and the page. It hears all heartbeats from here on. */
export async function queryService(
  { deps, clock, checks, metrics }: Process,
  version: string,
  { engines, projectors, match, bus }: QueryParts,
): Promise<HttpService> {
  const { settings, logger, lifecycle } = deps;
  const heard = new HeardTasks(clock);
  const listening = await bus.listen(HEARTBEATS_SUBJECT, heard);
  lifecycle.started('heartbeats', () => listening.stop());
  const { store, readModel, counters, series, versions } = engines;
  return createQueryService({
    readModel,
    eventStore: store,
    counters,
    bus,
    heard,
    projector: projectors.tasks,
    stats: projectors.stats,
    series,
    seriesProjector: projectors.series,
    versions,
    versionsProjector: projectors.versions,
    moreChecks: checks,
    parkedTaskIds: async () =>
      (await readModel.parked(tasksProjection.name)).map(({ stream }) => taskIdOfStream(stream)),
    ...(match !== undefined && { checkLedger: () => match.tasks.check() }),
    // What is added must not be put among another ledger's.
    refreshTask: async (taskId) => {
      await match?.tasks.check();
      return refreshTask(store, readModel, taskId);
    },
    metrics,
    logger,
    clock,
    crypto: new NodeCrypto(),
    newId: randomUUID,
    settings: { ...settings, version, dashboardFolder: DASHBOARD_FOLDER },
  });
}

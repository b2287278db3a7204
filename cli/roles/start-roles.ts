import { HealingReadModel } from '../../projections/tasks/healing-read-model.js';
import {
  busCheck,
  ledgerCheck,
  projectorCheck,
  readModelCheck,
  statsCheck,
  versionsCheck,
} from '../../services/query/health/health-checks.js';
import { createHealthService } from '../../services/query/health/health-service.js';
import type { HttpService } from '../../services/query/http/http-service.js';
import { InvalidSettingError } from '../../shared/core/contracts/errors.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import { Metrics } from '../../shared/runtime/observability/metrics.js';
import { watchTasks } from '../../shared/runtime/observability/watch-tasks.js';
import type { Settings } from '../../shared/runtime/settings.js';
import { openEventStore, openNatsBus, openReadModel, type EngineDeps } from '../engines.js';
import { openCommandThread, startCommandRole, startThreadRole } from './command-role.js';
import { startFeedRole } from './feed-role.js';
import type { Process } from './process.js';
import {
  matchLedger,
  runProjectors,
  watchProjectors,
  type ProjectionEngines,
  type ProjectorStatuses,
} from './projections.js';
import { startSealerRole } from './sealer-role.js';
import { startWatchdogRole } from './watchdog-role.js';
import { queryService, type QueryParts } from './query-role.js';

/**
 * Starts what the roles need, inside out: what is started last is stopped first.
 *
 * @returns Where the process listens.
 */
export async function startRoles(deps: EngineDeps, version: string): Promise<string> {
  const { settings, lifecycle } = deps;
  const roles = new Set(settings.roles);
  const part: Process = { deps, clock: { nowMs: () => Date.now() }, checks: {}, metrics: new Metrics() };
  const { checks } = part;

  // Without a bus to other processes all roles are in this one, and the commands have a thread in it.
  const { nats } = settings;
  const thread = nats === undefined ? await openCommandThread(part) : undefined;
  const store = await openEventStore(deps, { readOnly: thread !== undefined });
  checks.ledger = ledgerCheck(store);
  const needsLists = roles.has('query') || roles.has('projector') || roles.has('watchdog');
  const reads = needsLists ? await startReadSide(part, store) : undefined;
  if (roles.has('feed')) await startFeedRole(part, store);

  // The thread ends before the projectors, for them to read to the end.
  if (thread !== undefined) startThreadRole(part, thread);
  const asks = (['commands', 'query', 'watchdog', 'sealer'] as const).some((role) => roles.has(role));
  const bus = nats !== undefined && asks ? await openNatsBus(deps, nats) : thread?.bus;
  if (bus !== undefined) checks.bus = busCheck(bus);
  if (bus !== undefined && thread === undefined && roles.has('commands'))
    await startCommandRole(part, store, bus);
  if (reads !== undefined && bus !== undefined && roles.has('watchdog'))
    await startWatchdogRole(part, { ...reads, bus });
  if (bus !== undefined && settings.sealing !== undefined && roles.has('sealer'))
    await startSealerRole(part, settings.sealing, { store, bus, leases: reads?.engines.shared?.leases });

  const service =
    reads !== undefined && bus !== undefined && roles.has('query')
      ? await queryService(part, version, { ...reads, bus })
      : healthService(part, reads?.projectors);
  await listen(service, settings);
  lifecycle.started('HTTP service', () => service.close());
  return service.address() ?? '';
}

/** Opens the read model, and runs its projectors or follows those of another process. */
async function startReadSide(part: Process, store: EventStore): Promise<Omit<QueryParts, 'bus'>> {
  const { deps, checks } = part;
  const engines = await openProjectionEngines(part, store);
  checks.read_model = readModelCheck(engines.readModel);
  const roles = new Set(deps.settings.roles);
  const own = roles.has('projector') ? runProjectors(deps, engines) : watchProjectors(deps, engines);
  const match = roles.has('query') || roles.has('watchdog') ? matchLedger(deps, engines) : undefined;
  const projectors =
    match === undefined
      ? own
      : {
          tasks: match.tasks.matched(own.tasks),
          stats: match.stats.matched(own.stats),
          series: match.series.matched(own.series),
          versions: own.versions && match.versions?.matched(own.versions),
        };
  checks.projector = projectorCheck(projectors.tasks);
  checks.stats = statsCheck(projectors.stats);
  checks.series = statsCheck(projectors.series);
  if (projectors.versions !== undefined) checks.versions = versionsCheck(projectors.versions);
  return { engines, projectors, match };
}

async function openProjectionEngines(
  { deps, metrics, clock }: Process,
  store: EventStore,
): Promise<ProjectionEngines> {
  const { readModel, counters, series, versions, shared } = await openReadModel(deps);
  const healed = (taskId: number): void =>
    deps.logger.warn(
      { event: 'document_repaired', taskId },
      'What the read model had of one task was damaged, and was made again from the ledger',
    );
  const healing = new HealingReadModel(readModel, store, healed);
  watchTasks(metrics, healing, counters);
  const watched = shared && { ...shared, leases: metrics.leases.watched(shared.leases) };
  return { store, readModel: healing, counters, series, versions, shared: watched, clock };
}

/** Health and metrics of a process without the API. */
function healthService(
  { deps, checks, metrics }: Process,
  projectors: ProjectorStatuses | undefined,
): HttpService {
  const { logger, settings } = deps;
  const { tasks: projector, stats, series, versions } = projectors ?? {};
  return createHealthService({ checks, projector, stats, series, versions, metrics, logger, settings });
}

async function listen(service: HttpService, { host, port }: Settings): Promise<void> {
  try {
    await service.listen();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new InvalidSettingError(`PORT ${port} is in use on ${host}`, { cause });
    if (code === 'EACCES')
      throw new InvalidSettingError(`PORT ${port} needs rights that this process lacks`, { cause });
    throw new InvalidSettingError(`HOST ${host} can't be listened on (${code ?? String(cause)})`, { cause });
  }
}

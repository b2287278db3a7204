import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { HealingReadModel } from '../projections/tasks/healing-read-model.js';
import { refreshTask } from '../projections/tasks/refresh-task.js';
import { tasksProjection } from '../projections/tasks/tasks-projection.js';
import {
  busCheck,
  ledgerCheck,
  projectorCheck,
  readModelCheck,
  statsCheck,
  type HealthChecks,
} from '../services/query/health/health-checks.js';
import { createHealthService } from '../services/query/health/health-service.js';
import type { HttpService } from '../services/query/http/http-service.js';
import { createQueryService } from '../services/query/query-service.js';
import { NodeCrypto } from '../shared/adapters/node/node-crypto.js';
import { taskIdOfStream } from '../shared/core/application/streams.js';
import { ANONYMOUS_CALLER } from '../shared/core/contracts/caller.js';
import { InvalidSettingError } from '../shared/core/contracts/errors.js';
import { METRICS_SUBJECT } from '../shared/core/contracts/subjects.js';
import type { EventStore } from '../shared/core/ports/event-store.js';
import type { Logger } from '../shared/core/ports/logger.js';
import type { MessageBus } from '../shared/core/ports/message-bus.js';
import { Lifecycle } from '../shared/runtime/lifecycle.js';
import { CommandMetrics } from '../shared/runtime/observability/command-metrics.js';
import { createLogger } from '../shared/runtime/observability/logger.js';
import { Metrics } from '../shared/runtime/observability/metrics.js';
import { watchIntake } from '../shared/runtime/observability/watch-intake.js';
import { watchTasks } from '../shared/runtime/observability/watch-tasks.js';
import type { Settings } from '../shared/runtime/settings.js';
import {
  openEventStore,
  openFeedOutlet,
  openIngestStream,
  openNatsBus,
  openReadModel,
  type EngineDeps,
} from './engines.js';
import { EXIT_FAILURE } from './exit-codes.js';
import {
  matchLedger,
  runFeed,
  runProjectors,
  watchProjectors,
  type LedgerMatches,
  type ProjectionEngines,
  type ProjectorStatuses,
} from './projections.js';
import { startCommandThread } from './start-command-thread.js';
import { onStopSignal } from './stop-signals.js';

/** How long the command thread may take to say what it counts. */
const METRICS_MS_MAX = 1_000;

const clock = { nowMs: () => Date.now() };

/** The built page, beside the built program. */
const DASHBOARD_FOLDER = fileURLToPath(new URL('../dashboard/', import.meta.url));

/**
 * Starts the roles of this process on the engines that the settings name, and stops them in order on SIGTERM, SIGINT or SIGHUP,
 * also while they are being started.
 *
 * @throws InvalidSettingError when the port, the data folder or an engine's URL can't be used.
 */
export async function start(settings: Settings, version: string): Promise<void> {
  const logger = createLogger(settings);
  const lifecycle = new Lifecycle(logger);
  // It resolves when a signal has ended the start: whatever else the start is waiting for then is left.
  const stopped = new Promise<'stopped'>((resolve) => {
    onStopSignal(() => {
      resolve('stopped');
      void lifecycle.stop().then((clean) => process.exit(clean ? 0 : EXIT_FAILURE));
    });
  });
  try {
    const address = await Promise.race([startRoles({ settings, lifecycle, logger }, version), stopped]);
    if (address === 'stopped') return;
    const { dataDir, roles } = settings;
    logger.info({ event: 'started', address, dataDir, roles, version }, 'Taskledger has started');
    process.stdout.write(`Taskledger listens on ${address}\n`);
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

/** Starts what the roles need, inside out: what is started last is stopped first. */
async function startRoles(deps: EngineDeps, version: string): Promise<string> {
  const { settings, lifecycle, logger } = deps;
  const roles = new Set(settings.roles);
  const checks: HealthChecks = {};
  const metrics = new Metrics();

  // Without a bus to other processes all roles are in this one, and the commands have a thread in it.
  const { nats } = settings;
  const thread = nats === undefined ? await startCommandThread(deps, endAtOnce(logger)) : undefined;
  const store = await openEventStore(deps, { readOnly: thread !== undefined });
  checks.ledger = ledgerCheck(store);
  let engines: ProjectionEngines | undefined;
  let projectors: ProjectorStatuses | undefined;
  if (roles.has('query') || roles.has('projector')) {
    const { readModel, shared, ...others } = await openReadModel(deps);
    const healed = (taskId: number): void =>
      logger.warn(
        { event: 'document_repaired', taskId },
        'What the read model had of one task was damaged, and was made again from the ledger',
      );
    engines = {
      store,
      readModel: new HealingReadModel(readModel, store, healed),
      ...others,
      shared: shared && { ...shared, leases: metrics.leases.watched(shared.leases) },
      clock,
    };
    watchTasks(metrics, engines.readModel, engines.counters);
    checks.read_model = readModelCheck(engines.readModel);
  }
  if (engines !== undefined && roles.has('projector')) projectors = runProjectors(deps, engines);
  else if (engines !== undefined && roles.has('query')) projectors = watchProjectors(deps, engines);
  const match = engines !== undefined && roles.has('query') ? matchLedger(deps, engines) : undefined;
  if (projectors !== undefined && match !== undefined) {
    const { tasks, stats } = projectors;
    projectors = { tasks: match.tasks.matched(tasks), stats: match.stats.matched(stats) };
  }
  if (projectors !== undefined) {
    checks.projector = projectorCheck(projectors.tasks);
    checks.stats = statsCheck(projectors.stats);
  }
  if (roles.has('feed')) await startFeedRole(deps, store, checks, metrics);

  let bus = thread?.bus;
  // It was started first, for the others to find a ledger, and yet ends before them, for the projectors to read to the end.
  if (thread !== undefined) {
    lifecycle.started('command service', () => thread.stop());
    metrics.add(() => metricsOf(thread.bus));
  }
  if (nats !== undefined && (roles.has('commands') || roles.has('query')))
    bus = await openNatsBus(deps, nats);
  if (bus !== undefined) checks.bus = busCheck(bus);
  if (bus !== undefined && thread === undefined && roles.has('commands'))
    await startCommandRole(deps, store, bus, checks, metrics);

  const service =
    engines !== undefined && projectors !== undefined && bus !== undefined && roles.has('query')
      ? queryService(deps, version, { ...engines, bus, projectors, match, checks, metrics })
      : createHealthService({
          checks,
          projector: projectors?.tasks,
          stats: projectors?.stats,
          metrics,
          logger,
          settings,
        });
  await listen(service, settings);
  lifecycle.started('HTTP service', () => service.close());
  return service.address() ?? '';
}

async function startFeedRole(
  deps: EngineDeps,
  store: EventStore,
  checks: HealthChecks,
  metrics: Metrics,
): Promise<void> {
  const opened = await openFeedOutlet(deps);
  if (opened === undefined) return;
  const { outlet } = opened;
  const leases = metrics.leases.watched(opened.leases);
  const feed = runFeed(deps, { store, clock }, { outlet, leases });
  metrics.watchFeed(() => feed.status());
  checks.feed = () => {
    const status = feed.status();
    // Another process works; this one is well as long as it stands by.
    return status === undefined ? { ok: true, standby: true } : projectorCheck({ status: () => status })();
  };
}

async function startCommandRole(
  deps: EngineDeps,
  store: EventStore,
  bus: MessageBus,
  checks: HealthChecks,
  metrics: Metrics,
): Promise<void> {
  const { settings, lifecycle, logger } = deps;
  const { taskTypes } = settings;
  const stream = await openIngestStream(deps);
  const crypto = new NodeCrypto();
  const { startCommandService } = await import('../services/commands/command-service.js');
  const counted = new CommandMetrics(metrics.registry);
  const service = { store: counted.timed(store), clock, crypto, logger, taskTypes, metrics: counted };
  const commands = await startCommandService({ ...service, bus, stream });
  lifecycle.started('command service', () => commands.close());
  store.whenReplaced?.(() => commands.forget());
  const { watchLedger } = await import('../services/commands/watch-ledger.js');
  const watch = watchLedger({ store, logger, replaced: () => commands.forget() });
  lifecycle.started('ledger watch', () => watch.stop());
  checks.creations = () => {
    const error = commands.creationFault();
    return error === undefined ? { ok: true } : { ok: false, error };
  };
  if (stream === undefined) return;
  watchIntake(metrics, { status: () => commands.intake(), backlog: () => stream.backlog() });
  checks.intake = async () => {
    const { working = false, inFlight, lastError } = commands.intake() ?? {};
    const { waiting, parked } = await stream.backlog();
    return { ok: lastError === undefined, working, in_flight: inFlight, waiting, parked, error: lastError };
  };
}

function queryService(
  { settings, logger }: EngineDeps,
  version: string,
  parts: ProjectionEngines & {
    bus: MessageBus;
    projectors: ProjectorStatuses;
    match: LedgerMatches | undefined;
    checks: HealthChecks;
    metrics: Metrics;
  },
): HttpService {
  const { store, readModel, counters, bus, projectors, match, checks, metrics } = parts;
  return createQueryService({
    readModel,
    eventStore: store,
    counters,
    bus,
    projector: projectors.tasks,
    stats: projectors.stats,
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

/** What the command thread counts. */
async function metricsOf(bus: MessageBus): Promise<string> {
  const context = { ...ANONYMOUS_CALLER, deadlineMs: clock.nowMs() + METRICS_MS_MAX };
  return (await bus.request(METRICS_SUBJECT, {}, context)) as string;
}

/** Without its command thread the process is of no use; what was answered is on disk, and the rest is sent again. */
function endAtOnce(logger: Logger): (err: Error) => void {
  return (err) => {
    logger.error(
      { event: 'command_thread_failed', err },
      'The command thread has failed, and the process ends',
    );
    process.exit(EXIT_FAILURE);
  };
}

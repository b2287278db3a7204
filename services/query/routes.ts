import { BulkCancelRecords } from '../../shared/core/application/bulk-cancel-records.js';
import { PROJECTS } from '../../shared/core/application/project-names.js';
import { Registry } from '../../shared/core/application/registry.js';
import type { Metrics } from '../../shared/runtime/observability/metrics.js';
import { diffTasks } from './as-of/diff-tasks.js';
import { listCancellations } from './cancellations/list-cancellations.js';
import {
  abortCancellation,
  executeCancellation,
  listCancellationTasks,
  previewCancellation,
  showCancellation,
} from './cancellations/cancellation-routes.js';
import { CommandClient } from './command-client.js';
import type { EndpointName, HealthEndpoint } from './endpoints.js';
import { listErrors } from './errors/list-errors.js';
import { ingestEvents } from './events/ingest-events.js';
import { tellHeartbeats } from './events/tell-heartbeats.js';
import {
  busCheck,
  ledgerCheck,
  projectorCheck,
  readModelCheck,
  statsCheck,
  versionsCheck,
  type HealthChecks,
} from './health/health-checks.js';
import { healthRoutes } from './health/health-routes.js';
import { lagEvents } from './health/lag-events.js';
import { answerText } from './http/answer.js';
import type { HttpLimits } from './http/http-limits.js';
import { PositionWait } from './http/position-wait.js';
import { RequestIntake } from './http/request-intake.js';
import { type Route, type RouteHandler, RouteTable, routesTo } from './http/route-table.js';
import { listMessages } from './messages/list-messages.js';
import { streamMessages } from './messages/stream-messages.js';
import { openApiDocument } from './openapi/document.js';
import { DashboardFiles } from './page/dashboard-files.js';
import { docsFile, docsPage } from './page/docs.js';
import { listProjects, registerProject } from './projects/project-routes.js';
import type { QueryDeps } from './query-deps.js';
import type { StreamHub } from './streams/stream-hub.js';
import { streamTask, streamTasks } from './streams/stream-routes.js';
import { summarizeCancels } from './tasks/cancel-summary.js';
import { cancelTask } from './tasks/cancel-task.js';
import { countTasks } from './tasks/count-tasks.js';
import { createTask } from './tasks/create-task.js';
import { awaitVisible } from './tasks/read-your-write.js';
import { showHistory } from './tasks/show-history.js';
import { showSeries } from './tasks/show-series.js';
import { showStats } from './tasks/show-stats.js';
import { TaskFilters } from './tasks/task-filters.js';
import { listTasks, showTask } from './tasks/task-routes.js';

/** Every route of the service. */
export function routes(deps: QueryDeps, limits: HttpLimits, metrics: Metrics, hub: StreamHub): RouteTable {
  const { newId, settings } = deps;
  const intake = new RequestIntake(limits);
  const bulkCancels = new BulkCancelRecords(deps.eventStore, deps.crypto);
  const projects = new Registry(PROJECTS, deps.eventStore, deps.crypto);
  const filters = new TaskFilters(settings.taskTypes, projects, deps);
  const commands = new CommandClient(deps, limits.commandTimeoutMs);
  const visible = awaitVisible(deps, limits.readModelWaitMs);
  const positions = new PositionWait(deps, limits.positionWaitMs);
  const { basePath = '' } = settings;
  const dashboard = new DashboardFiles(settings.dashboardFolder, basePath);
  const openApi = JSON.stringify(openApiDocument(settings.version, basePath));

  const handlers: Record<Exclude<EndpointName, HealthEndpoint>, RouteHandler> = {
    listTasks: listTasks(deps, filters),
    createTask: createTask(deps, intake, commands, visible, metrics),
    streamTasks: streamTasks(deps, hub, filters),
    countTasks: countTasks(deps, filters),
    diffTasks: diffTasks(deps, filters),
    showStats: showStats(deps, filters),
    showSeries: showSeries(deps, filters),
    showTask: showTask(deps),
    cancelTask: cancelTask(intake, commands, visible, newId),
    showHistory: showHistory(deps),
    listMessages: listMessages(deps),
    streamMessages: streamMessages(deps, hub),
    streamTask: streamTask(deps, hub),
    ingestEvents: ingestEvents(intake, commands, metrics),
    tellHeartbeats: tellHeartbeats(intake, deps),
    previewCancellation: previewCancellation(deps, bulkCancels, intake, commands, filters),
    listCancellations: listCancellations(deps, bulkCancels),
    showCancellation: showCancellation(deps, bulkCancels),
    listCancellationTasks: listCancellationTasks(bulkCancels),
    executeCancellation: executeCancellation(deps, bulkCancels, intake, commands),
    abortCancellation: abortCancellation(deps, bulkCancels, intake, commands),
    summarizeCancels: summarizeCancels(deps, filters),
    listErrors: listErrors(deps, filters),
    listProjects: listProjects(projects),
    registerProject: registerProject(intake, commands),
  };
  return new RouteTable([
    ...routesTo(handlers, (endpoint, handle) => positions.before(endpoint, handle)),
    ...healthRoutes({ ...deps.moreChecks, ...checksOf(deps) }, metrics),
    page('/openapi.json', (ctx) => answerText(ctx, 'application/json; charset=utf-8', openApi)),
    page('/docs', docsPage(basePath)),
    page('/docs/{file}', docsFile(basePath)),
    page('/', dashboard.showPage),
    page('/assets/{file}', dashboard.showAsset),
  ]);
}

/** The parts that the API is made of. */
function checksOf(deps: QueryDeps): HealthChecks {
  const { eventStore, readModel, bus, projector, stats, seriesProjector, versionsProjector } = deps;
  return {
    ledger: ledgerCheck(eventStore),
    read_model: readModelCheck(readModel),
    bus: busCheck(bus),
    projector: projectorCheck(projector, () => lagEvents(eventStore, projector)),
    stats: statsCheck(stats, () => lagEvents(eventStore, stats)),
    series: statsCheck(seriesProjector, () => lagEvents(eventStore, seriesProjector)),
    ...(versionsProjector !== undefined && {
      versions: versionsCheck(versionsProjector, () => lagEvents(eventStore, versionsProjector)),
    }),
  };
}

/** What is for people and their tools, and not described as a part of the API. */
function page(path: string, handle: RouteHandler): Route {
  return { method: 'GET', path, handle };
}

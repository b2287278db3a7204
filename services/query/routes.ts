import { BulkCancelRecords } from '../../shared/core/application/bulk-cancel-records.js';
import type { Metrics } from '../../shared/runtime/observability/metrics.js';
import {
  executeCancellation,
  listCancellationTasks,
  previewCancellation,
  showCancellation,
} from './cancellations/cancellation-routes.js';
import { CommandClient } from './command-client.js';
import { ingestEvents } from './events/ingest-events.js';
import {
  busCheck,
  ledgerCheck,
  projectorCheck,
  readModelCheck,
  statsCheck,
  type HealthChecks,
} from './health/health-checks.js';
import { healthRoutes } from './health/health-routes.js';
import { lagEvents } from './health/lag-events.js';
import { answerText } from './http/answer.js';
import type { HttpLimits } from './http/http-limits.js';
import { RequestIntake } from './http/request-intake.js';
import { type Route, type RouteHandler, RouteTable } from './http/route-table.js';
import { openApiDocument } from './openapi/document.js';
import { DashboardFiles } from './page/dashboard-files.js';
import { docsFile, docsPage } from './page/docs.js';
import type { QueryDeps } from './query-deps.js';
import type { StreamHub } from './streams/stream-hub.js';
import { streamTask, streamTasks } from './streams/stream-routes.js';
import { cancelTask } from './tasks/cancel-task.js';
import { createTask } from './tasks/create-task.js';
import { awaitVisible } from './tasks/read-your-write.js';
import { showHistory } from './tasks/show-history.js';
import { showStats } from './tasks/show-stats.js';
import { listTasks, showTask } from './tasks/task-routes.js';

/** Every route of the service. */
export function routes(deps: QueryDeps, limits: HttpLimits, metrics: Metrics, hub: StreamHub): RouteTable {
  const { newId, settings } = deps;
  const intake = new RequestIntake(limits);
  const bulkCancels = new BulkCancelRecords(deps.eventStore, deps.crypto);
  const commands = new CommandClient(deps, limits.commandTimeoutMs);
  const visible = awaitVisible(deps, limits.readModelWaitMs);
  const { basePath = '' } = settings;
  const dashboard = new DashboardFiles(settings.dashboardFolder, basePath);
  const openApi = JSON.stringify(openApiDocument(settings.version, basePath));

  return new RouteTable([
    get('/api/v1/tasks', listTasks(deps)),
    get('/api/v1/tasks/stream', streamTasks(deps, hub)),
    get('/api/v1/tasks/stats', showStats(deps)),
    get('/api/v1/tasks/{id}', showTask(deps)),
    get('/api/v1/tasks/{id}/stream', streamTask(deps, hub)),
    get('/api/v1/tasks/{id}/history', showHistory(deps)),
    post('/api/v1/tasks', createTask(deps, intake, commands, visible, metrics)),
    post('/api/v1/tasks/{id}/cancel', cancelTask(intake, commands, visible, newId)),
    post('/api/v1/events', ingestEvents(intake, commands, metrics)),
    post('/api/v1/cancellations', previewCancellation(deps, bulkCancels, intake, commands)),
    get('/api/v1/cancellations/{id}', showCancellation(deps, bulkCancels)),
    get('/api/v1/cancellations/{id}/tasks', listCancellationTasks(bulkCancels)),
    post('/api/v1/cancellations/{id}/execute', executeCancellation(deps, bulkCancels, intake, commands)),
    ...healthRoutes({ ...deps.moreChecks, ...checksOf(deps) }, metrics),
    get('/openapi.json', (ctx) => answerText(ctx, 'application/json; charset=utf-8', openApi)),
    get('/docs', docsPage(basePath)),
    get('/docs/{file}', docsFile(basePath)),
    get('/', dashboard.showPage),
    get('/assets/{file}', dashboard.showAsset),
  ]);
}

/** The parts that the API is made of. */
function checksOf(deps: QueryDeps): HealthChecks {
  const { eventStore, readModel, bus, projector, stats } = deps;
  return {
    ledger: ledgerCheck(eventStore),
    read_model: readModelCheck(readModel),
    bus: busCheck(bus),
    projector: projectorCheck(projector, () => lagEvents(eventStore, projector)),
    stats: statsCheck(stats, () => lagEvents(eventStore, stats)),
  };
}

function get(path: string, handle: RouteHandler): Route {
  return { method: 'GET', path, handle };
}

function post(path: string, handle: RouteHandler): Route {
  return { method: 'POST', path, handle };
}

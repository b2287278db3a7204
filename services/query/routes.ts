import { BulkCancelRecords } from '../../shared/application/bulk-cancel-records.js';
import type { Metrics } from '../../shared/observability/metrics.js';
import { answerText } from './answer.js';
import { CommandClient } from './command-client.js';
import {
  busCheck,
  ledgerCheck,
  projectorCheck,
  readModelCheck,
  statsCheck,
  type HealthChecks,
} from './health-checks.js';
import type { HttpLimits } from './http-limits.js';
import { lagEvents } from './lag-events.js';
import { openApiDocument } from './openapi.js';
import type { QueryDeps } from './query-deps.js';
import { awaitVisible } from './read-your-write.js';
import { RequestIntake } from './request-intake.js';
import { type Route, type RouteHandler, RouteTable } from './route-table.js';
import { cancelTask } from './routes/cancel.js';
import {
  executeCancellation,
  listCancellationTasks,
  previewCancellation,
  showCancellation,
} from './routes/cancellations.js';
import { createTask } from './routes/create.js';
import { DashboardFiles } from './routes/dashboard.js';
import { docsFile, docsPage } from './routes/docs.js';
import { ingestEvents } from './routes/events.js';
import { live, ready } from './routes/health.js';
import { showHistory } from './routes/history.js';
import { streamTask, streamTasks } from './routes/streams.js';
import { showStats } from './routes/stats.js';
import { listTasks, showTask } from './routes/tasks.js';
import type { StreamHub } from './streams/stream-hub.js';

/** Every route of the service. */
export function routes(deps: QueryDeps, limits: HttpLimits, metrics: Metrics, hub: StreamHub): RouteTable {
  const { newId, settings } = deps;
  const intake = new RequestIntake(limits);
  const bulkCancels = new BulkCancelRecords(deps.eventStore, deps.crypto);
  const commands = new CommandClient(deps, limits.commandTimeoutMs);
  const visible = awaitVisible(deps, limits.readModelWaitMs);
  const { basePath = '' } = settings;
  const dashboard = new DashboardFiles(settings.dashboardFolder, basePath);
  const openApi = JSON.stringify(openApiDocument(settings.taskTypes, settings.version, basePath));

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
    get('/health/live', live),
    get('/health/ready', ready({ ...deps.moreChecks, ...checksOf(deps) })),
    get('/metrics', async (ctx) => answerText(ctx, metrics.contentType, await metrics.text())),
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

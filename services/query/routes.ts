import Router from '@koa/router';
import type { Metrics } from '../../shared/observability/metrics.js';
import { answerText } from './answer.js';
import { CommandClient } from './command-client.js';
import type { HttpLimits } from './http-limits.js';
import { openApiDocument } from './openapi.js';
import type { QueryDeps } from './query-deps.js';
import { awaitVisible } from './read-your-write.js';
import { RequestIntake } from './request-intake.js';
import { cancelTask } from './routes/cancel.js';
import { createTask } from './routes/create.js';
import { docsFile, docsPage } from './routes/docs.js';
import { ingestEvents } from './routes/events.js';
import { live, ready } from './routes/health.js';
import { showHistory } from './routes/history.js';
import { listTasks, showTask } from './routes/tasks.js';

/** Every route of the service, those that are asked most first. */
export function routes(deps: QueryDeps, limits: HttpLimits, metrics: Metrics): Router {
  const { newId, settings } = deps;
  const intake = new RequestIntake(limits);
  const commands = new CommandClient(deps, limits.commandTimeoutMs);
  const visible = awaitVisible(deps, limits.readModelWaitMs);
  const openApi = JSON.stringify(openApiDocument(settings.taskTypes, settings.version));

  const router = new Router({ sensitive: true });
  router.get('/api/v1/tasks', listTasks(deps));
  router.get('/api/v1/tasks/:id', showTask(deps));
  router.post('/api/v1/events', ingestEvents(intake, commands, metrics));
  router.post('/api/v1/tasks', createTask(deps, intake, commands, visible, metrics));
  router.post('/api/v1/tasks/:id/cancel', cancelTask(intake, commands, visible, newId));
  router.get('/api/v1/tasks/:id/history', showHistory(deps));
  router.get('/health/live', live);
  router.get('/health/ready', ready(deps));
  router.get('/metrics', async (ctx) => answerText(ctx, 200, metrics.contentType, await metrics.text()));
  router.get('/openapi.json', (ctx) => answerText(ctx, 200, 'application/json; charset=utf-8', openApi));
  router.get('/docs', docsPage);
  router.get('/docs/:file', docsFile());
  return router;
}

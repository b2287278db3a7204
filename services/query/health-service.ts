import { Metrics } from '../../shared/observability/metrics.js';
import type { Logger } from '../../shared/ports/logger.js';
import type { ProjectorStatus } from '../../shared/ports/projector-status.js';
import { answerText } from './answer.js';
import type { HealthChecks } from './health-checks.js';
import { HTTP_LIMITS } from './http-limits.js';
import { httpService, type HttpService, type HttpServiceDeps } from './http-service.js';
import { RouteTable } from './route-table.js';
import { live, ready } from './routes/health.js';

/** What a process without the API is asked about. */
export interface HealthServiceDeps {
  checks: HealthChecks;
  /** The projectors that run in it. */
  projector?: ProjectorStatus | undefined;
  stats?: ProjectorStatus | undefined;
  logger: Logger;
  settings: HttpServiceDeps['settings'];
}

/** Makes health and metrics for a process that does not serve the API. */
export function createHealthService({
  checks,
  projector,
  stats,
  logger,
  settings,
}: HealthServiceDeps): HttpService {
  const metrics = new Metrics();
  if (projector !== undefined) metrics.watchProjector('projector', projector);
  if (stats !== undefined) metrics.watchProjector('stats', stats);
  const routes = new RouteTable([
    { method: 'GET', path: '/health/live', handle: live },
    { method: 'GET', path: '/health/ready', handle: ready(checks) },
    {
      method: 'GET',
      path: '/metrics',
      handle: async (ctx) => answerText(ctx, metrics.contentType, await metrics.text()),
    },
  ]);
  return httpService({ routes, metrics, logger, limits: HTTP_LIMITS, settings });
}
